import { describe, expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const PARAM = 'p'.repeat(80);
const linkCalls = () => stage.peer.calls().filter(({ path }) => path.startsWith('/v1/visitor/link'));
const givesLinks = (more: object = {}) => {
  stage.peer.script = (call) =>
    call.path.startsWith('/v1/visitor/link') ? { body: { param: PARAM, expiresAt: '' }, ...more } : undefined;
};
const seen = async (path = '/') => {
  const page = await stage.open(path);
  await eventually(() => expect(stage.peer.types()).toContain('page.viewed'));
  return page;
};

describe('linkTo', () => {
  test('asks for the origin and adds the parameter, everything else of the address as it was', async () => {
    const { peer } = stage;
    givesLinks();
    peer.config = { identityMode: 'token' };
    peer.pages.set('/', { html: stage.html('') });
    const page = await seen();
    const to = (path: string) => page.evaluate((url) => selvedge('linkTo', url), peer.elsewhere + path);
    expect(await to('/a?q=x%20y&z#part')).toBe(`${peer.elsewhere}/a?q=x%20y&z&_sv=${PARAM}#part`);
    expect(await to('/')).toBe(`${peer.elsewhere}/?_sv=${PARAM}`);
    expect(linkCalls().map(({ body }) => body)).toEqual(Array(2).fill({ visitor: 'token-1', target: peer.elsewhere }));
  });

  test.each<[string, object]>([
    ['refused', { status: 403 }],
    ['not answered', { cut: true }],
    ['slow', { delayMs: 3_000 }],
  ])('gives the address as it was when it is %s', async (_, answer) => {
    const { peer } = stage;
    givesLinks(answer);
    peer.pages.set('/', { html: stage.html('') });
    const page = await seen();
    const url = `${peer.elsewhere}/a`;
    expect(await page.evaluate((to) => selvedge('linkTo', to), url)).toBe(url);
  });

  test('asks nobody for this very site, for what is no address, and without consent', async () => {
    const { peer } = stage;
    givesLinks();
    peer.pages.set('/', { html: stage.html('') });
    const page = await seen();
    for (const url of ['/here', `${peer.origin}/here`, 'http://', 'mailto:a@b.test'])
      expect(await page.evaluate((to) => selvedge('linkTo', to), url)).toBe(url);
    await page.evaluate(() => selvedge('consent', { analytics: 'out' }));
    expect(await page.evaluate((to) => selvedge('linkTo', to), peer.elsewhere)).toBe(peer.elsewhere);
    expect(linkCalls()).toEqual([]);
  });
});

describe('a visitor who arrives with a link', () => {
  test('is sent once, with the first request, and no address shows or reports it', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open(`/?a=1&_sv=${PARAM}&b=%20#part`);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    expect(page.url()).toBe(`${peer.origin}/?a=1&b=%20#part`);
    await page.evaluate(() => selvedge('track', 'custom.a', {}));
    await pause(100);
    expect(peer.calls().map(({ body }) => body.visitorLink)).toEqual([PARAM, undefined]);
    expect(peer.calls()[0]?.body.events?.[0]?.data.url).toBe(page.url());
    expect(peer.types()).toEqual(['page.viewed', 'custom.a']);
  });

  test('is sent again when nobody answered, with the proof beside it', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = () => (left-- > 0 ? { status: 503, headers: { 'retry-after': '1' } } : undefined);
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    await stage.open(`/?_sv=${PARAM}`);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(peer.calls().map(({ body }) => [body.visitorLink, body.proof])).toEqual([
      [PARAM, 'a.b.c'],
      [PARAM, 'a.b.c'],
    ]);
  });

  test('that is none is taken out of the address all the same, and never sent', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open(`/?_sv=${'x'.repeat(300)}`);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    expect(page.url()).toBe(`${peer.origin}/`);
    expect(peer.calls()[0]?.body.visitorLink).toBeUndefined();
  });
});
