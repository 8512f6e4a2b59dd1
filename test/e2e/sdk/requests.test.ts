import type { Route } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero">own</div><div data-selvedge="aside">own</div>';

describe('first request', () => {
  test('calls queued on the stub keep their order and go with page view and placements in one request', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(
        `${HERO}<script>selvedge('track','cart.added',{productId:'p1'});selvedge('track','custom.b',{n:2},{context:{from:'test'}})</script>`,
        { head: '<meta name="selvedge:page-type" content="home">' },
      ),
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await pause(250);
    expect(peer.calls()).toHaveLength(1);
    const [call] = peer.calls();
    expect(call?.path).toBe('/v1/interact?key=wk_main.test');
    expect(call?.headers['content-type']).toMatch(/^text\/plain/);
    expect([...(call?.body.placements ?? [])].sort()).toEqual(['aside', 'hero']);
    expect(call?.body.events?.map((event) => event.type)).toEqual(['page.viewed', 'cart.added', 'custom.b']);
    expect(call?.body.events?.[0]?.data).toEqual({
      url: `${peer.origin}/`,
      path: '/',
      pageType: 'home',
      title: 'Shop',
    });
    expect(call?.body.events?.[2]).toMatchObject({
      data: { n: 2 },
      context: { from: 'test' },
      consent: { analytics: 'in' },
    });
    const ids = call?.body.events?.map((event) => event.id) ?? [];
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]{20,40}$/);
    expect(new Set(ids).size).toBe(3);
  });

  test('leaves within 50 ms of the script, and promises of the stub settle with the answer', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    const [ready, accepted] = await page.evaluate(async () => {
      const answer = (await selvedge('track', 'custom.a', {})) as { accepted: number };
      return [await selvedge('ready'), answer.accepted];
    });
    expect(ready).toBeUndefined();
    expect(accepted).toBeGreaterThan(0);
    const startedAt = await page.evaluate(
      () =>
        performance.timeOrigin +
        (performance.getEntriesByName(`${location.origin}/sdk.js`)[0] as PerformanceResourceTiming).responseEnd,
    );
    expect((peer.calls()[0]?.at ?? Infinity) - startedAt).toBeLessThan(200);
  });

  test('cross-origin: no preflight, and the endpoint is where sdk.js came from', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO, { src: `${peer.elsewhere}/sdk.js` }) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered="hero-offer"]');
    expect(peer.seen.map((call) => call.method)).not.toContain('OPTIONS');
    expect(peer.calls()[0]?.headers).toMatchObject({ host: new URL(peer.elsewhere).host, origin: peer.origin });
  });

  test('loaded twice it is one client: one page view', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(`${HERO}<script async src="/sdk.js"></script><script async src="/sdk.js?2"></script>`),
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await pause(200);
    expect(peer.types()).toEqual(['page.viewed']);
  });

  test.each<readonly [string, (route: Route) => Promise<void>]>([
    ['blocked', (route) => route.abort()],
    ['answered with an empty file', (route) => route.fulfill({ contentType: 'text/javascript', body: '' })],
  ])('%s: every promise settles, the page keeps its content, nothing throws', async (_, block) => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    await stage.context.route('**/sdk.js', block);
    const page = await stage.context.newPage();
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(`${peer.origin}/`);
    const settled = await page.evaluate(() =>
      Promise.all([selvedge('ready'), selvedge('decide', 'hero'), selvedge('nonsense')]).then((all) => all.length),
    );
    expect(settled).toBe(3);
    expect(errors).toEqual([]);
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
  });

  test('endpoint blocked: ready settles, decide answers with the fallback', async () => {
    const { peer } = stage;
    peer.script = () => ({ cut: true });
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    const got = await page.evaluate(async () => [
      await selvedge('ready'),
      await selvedge('decide', ['hero'], { fallback: { hero: 'mine' } }),
    ]);
    expect(got[1]).toEqual([
      { id: '', placement: 'hero', kind: null, offer: null, content: 'mine', reason: 'degraded' },
    ]);
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
  });
});

describe('page views', () => {
  test('soft navigations count once each, with the title set after the address; query rewrites and fragments do not', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    await page.evaluate(() => {
      history.pushState(null, '', '/men');
      document.title = 'Men';
    });
    await eventually(() => expect(peer.types()).toHaveLength(2));
    expect(peer.stored[1]?.data).toMatchObject({ path: '/men', title: 'Men', referrer: `${peer.origin}/` });
    expect(peer.calls()[1]?.body.placements).toContain('hero');
    await page.evaluate(() => {
      history.replaceState(null, '', '/men?size=m');
      location.hash = 'reviews';
    });
    await pause(150);
    expect(peer.types()).toHaveLength(2);
    await page.evaluate(() => history.pushState(null, '', '#/router/a'));
    await eventually(() => expect(peer.types()).toHaveLength(3));
    await page.goBack();
    await eventually(() => expect(peer.types()).toHaveLength(4));
  });

  test('without the Navigation API the history is watched', async () => {
    const { peer } = stage;
    await stage.context.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }));
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await page.evaluate(() => history.pushState(null, '', '/a'));
    await eventually(() => expect(peer.types()).toHaveLength(2));
    await page.goBack();
    await eventually(() => expect(peer.types()).toHaveLength(3));
    expect(peer.stored.map((event) => event.data.path)).toEqual(['/', '/a', '/']);
  });

  test('switched off, placements are still asked for and page() counts', async () => {
    const { peer } = stage;
    peer.config = { sdk: { pageViews: false, endpoint: '' } };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    expect(peer.stored).toEqual([]);
    await page.evaluate(() => selvedge('page', { pageType: 'product' }));
    expect(peer.stored[0]?.data).toMatchObject({ pageType: 'product', path: '/' });
  });
});
