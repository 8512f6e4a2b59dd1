import { describe, expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage({ backForwardCache: true });
const HERO = '<div data-selvedge="hero">own</div>';

describe("page life, with the browser's signals played by the page", () => {
  test('pageshow of a restored page is a new view that asks again; that of a loaded page is not', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false })));
    await pause(150);
    expect(peer.types()).toEqual(['page.viewed']);
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'page.viewed']));
    expect(peer.calls()[1]?.body.placements).toEqual(['hero']);
  });

  test('while prerendering nothing is counted, sent or stored; activation counts one view', async () => {
    const { peer } = stage;
    await stage.context.addInitScript(() =>
      Object.defineProperty(document, 'prerendering', { value: true, configurable: true }),
    );
    peer.pages.set('/', { html: stage.html(`${HERO}<script>selvedge('track', 'custom.early', {})</script>`) });
    const page = await stage.open();
    await page.evaluate(() => selvedge('ready'));
    await pause(200);
    expect(peer.seen).toEqual([]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.evaluate(() => {
      Object.defineProperty(document, 'prerendering', { value: false });
      document.dispatchEvent(new Event('prerenderingchange'));
    });
    await eventually(() => expect([...peer.types()].sort()).toEqual(['custom.early', 'page.viewed']));
    expect(peer.calls()).toHaveLength(1);
    expect(peer.calls()[0]?.body.placements).toEqual(['hero']);
  });
});

// The headless shell answers BackForwardCacheDisabledForDelegate and never prerenders; a full Chrome
// (SELVEDGE_CHROMIUM=/path/to/chrome) does both, and then these run.
describe('page life, by the browser itself', () => {
  test('a page that comes back from the back/forward cache is a new view', async (context) => {
    const { peer } = stage;
    // The page reports for itself: a restored document is one that the driver has let go of.
    peer.pages.set('/', {
      html: stage.html(
        `${HERO}<script>addEventListener('pageshow', (e) => fetch('/v1/shown?persisted=' + e.persisted, { cache: 'no-store' }))</script>`,
      ),
    });
    peer.pages.set('/plain', {
      html: '<!doctype html><title>Plain</title><script>setTimeout(() => history.back(), 300)</script>',
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() => void setTimeout(() => (location.href = '/plain'), 0));
    const shown = () => peer.seen.filter((call) => call.path.startsWith('/v1/shown')).map((call) => call.path);
    await eventually(() => expect(shown()).toHaveLength(2));
    if (shown()[1] !== '/v1/shown?persisted=true') return context.skip('this browser has no back/forward cache');
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'page.viewed']));
    expect(peer.calls().at(-1)?.body.placements).toEqual(['hero']);
  });

  test('a prerendered page counts nothing until it is shown', async (context) => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: '<!doctype html><title>From</title><script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script>',
    });
    peer.pages.set('/next', {
      html: stage.html(`${HERO}<script>fetch('/v1/loaded?prerendering=' + document.prerendering)</script>`),
    });
    const page = await stage.open();
    await pause(800);
    if (!peer.seen.some((call) => call.path === '/v1/loaded?prerendering=true'))
      return context.skip('this browser does not prerender');
    expect(peer.calls()).toEqual([]);
    await page.evaluate(() => void setTimeout(() => (location.href = '/next'), 0));
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    expect(peer.calls()[0]?.body.placements).toEqual(['hero']);
  });
});
