import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildSdk } from '../../../client-sdk/build.ts';
import PACKAGE from '../../../client-sdk/package.json' with { type: 'json' };
import { measureSizes } from '../../../client-sdk/size.ts';
import { bundleEntry } from './bundle-entry.ts';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const ROOT = join(import.meta.dirname, '../../../client-sdk');

/** A page with a site's own bundle of the npm entries. */
const bundle = async (contents: string): Promise<string> =>
  `<div data-selvedge="hero">own</div><script type="module">${await bundleEntry(contents)}</script>`;

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
  // On a slow machine the offer was seen by now.
  expect(peer.types().filter((type) => type === 'page.viewed')).toHaveLength(1);
});

const DOM = {
  offer: 'p',
  kind: 'dom' as const,
  content: { actions: [{ action: 'addClass', selector: 'body', value: 'sale' }] },
};

test('the base of sdk.js works without its other parts; what needs them changes nothing', async () => {
  const { peer } = stage;
  peer.config = { placements: ['hero'], prehide: { promo: ['body'] }, everywhere: ['promo'] };
  peer.decided = (placement) => (placement === 'promo' ? DOM : { offer: 'o', content: '<b>x</b>' });
  peer.pages.set('/', {
    html: stage.html(
      `<div data-selvedge="hero">own</div><script>errors=[];selvedge('on','error',(e)=>errors.push(e.kind))</script>`,
      { src: '/sdk-base.js' },
    ),
  });
  const page = await stage.open('/?_sv=x');
  await page.waitForSelector('[data-selvedge-rendered] b');
  expect(await page.getAttribute('body', 'class')).toBeNull();
  expect(await page.evaluate(() => (window as unknown as { errors: unknown }).errors)).toEqual([]);
  expect(page.url()).toContain('_sv');
});

test('parts are added by hand: core, decide and dom', async () => {
  const { peer } = stage;
  peer.decided = (placement) => (placement === 'promo' ? DOM : { offer: 'o', content: '<b>x</b>' });
  const own = await bundle(`
    import { init } from './core.ts';
    import { addDecisions } from './decide.ts';
    import { domPlans } from './dom.ts';
    const config = { key: 'wk_main.test', everywhere: ['promo'] };
    addDecisions(init(config), config, { plans: domPlans });`);
  peer.pages.set('/', { html: `<!doctype html><body>${own}` });
  const page = await stage.open();
  await page.waitForSelector('body.sale [data-selvedge-rendered] b');
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

test('the built package has a file for each of its entries, and stays under its size caps', async () => {
  await buildSdk();
  const named = Object.values(PACKAGE.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  for (const { name, bytes, cap } of await measureSizes()) expect(bytes, name).toBeLessThanOrEqual(cap);
});
