import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { buildSdk } from '../../../client-sdk/build.ts';
import { measureSizes } from '../../../client-sdk/size.ts';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const SOURCES = fileURLToPath(new URL('../../../client-sdk/src', import.meta.url));

/** A site's own bundle of the npm entries. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: SOURCES, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return `<div data-selvedge="hero">own</div><script type="module">${outputFiles[0]?.text}</script>`;
}

test('core and decide compose; a second init, from sdk.js or another copy, is the same client', async () => {
  const { peer } = stage;
  const own = await bundle(`
    import { init } from './index.ts';
    const config = { key: 'wk_main.test', source: 'web', defaultConsent: { analytics: 'in' }, sdk: { pageViews: true } };
    const client = init(config);
    window.same = client === init(config) && typeof client.decide;`);
  peer.pages.set('/', { html: stage.html(own) });
  const page = await stage.open();
  await page.waitForSelector('[data-selvedge-rendered]');
  await pause(200);
  expect(await page.evaluate(() => (window as unknown as { same: unknown }).same)).toBe('function');
  expect(peer.types()).toEqual(['page.viewed']);
});

test('core alone tracks and touches no element', async () => {
  const { peer } = stage;
  const own = await bundle(`
    import { init } from './core.ts';
    const client = init({ key: 'wk_main.test' });
    await client.track('custom.a', { n: 1 });
    await client.ready;`);
  peer.pages.set('/', { html: `<!doctype html><body>${own}` });
  await stage.open();
  await eventually(() => expect(peer.types()).toEqual(['custom.a']));
  expect(peer.calls()[0]?.body.placements).toBeUndefined();
});

test('core alone takes a visitor along with /visitor-link', async () => {
  const { peer } = stage;
  const own = await bundle(`
    import { init } from './core.ts';
    import { withVisitorLink } from './visitor-link.ts';
    const client = withVisitorLink(() => init({ key: 'wk_main.test', sdk: { pageViews: true } }));
    window.url = await client.linkTo('http://second.test/a');`);
  const param = 'p'.repeat(60);
  peer.script = (call) => (call.path.startsWith('/v1/visitor/link') ? { body: { param } } : undefined);
  peer.pages.set('/', { html: `<!doctype html><body>${own}` });
  const page = await stage.open(`/?_sv=${param}`);
  await eventually(async () =>
    expect(await page.evaluate(() => (window as unknown as { url: unknown }).url)).toBe(
      `http://second.test/a?_sv=${param}`,
    ),
  );
  expect(page.url()).toBe(`${peer.origin}/`);
  expect(peer.calls()[0]?.body).toMatchObject({ visitorLink: param, events: [{ data: { url: page.url() } }] });
});

test('the built package stays under its size caps', async () => {
  await buildSdk();
  for (const { name, bytes, cap } of await measureSizes()) expect(bytes, name).toBeLessThanOrEqual(cap);
});
