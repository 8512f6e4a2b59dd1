import { afterEach, describe, expect, test } from 'vitest';
import type { Seen } from './peer.ts';
import { eventually, pause, useStage } from './stage.ts';
import { FULL_CHROMIUM, openUndriven } from './undriven.ts';

const stage = useStage();
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

// The headless shell of the other tests answers BackForwardCacheDisabledForDelegate and never prerenders: these need a full
// Chromium (SELVEDGE_CHROMIUM=/path/to/chromium).
describe.skipIf(!FULL_CHROMIUM)('page life, by the browser itself', () => {
  let close = async (): Promise<void> => {};
  const open = (path: string): void => {
    close = openUndriven(FULL_CHROMIUM ?? '', stage.peer.origin + path);
  };
  afterEach(() => close());
  /** What the pages said of themselves, in order. */
  const said = () => stage.peer.seen.flatMap(({ path }) => /^\/v1\/said\?(.*)/.exec(path)?.[1] ?? []);
  const SAY = "const say = (what) => fetch('/v1/said?' + what, { cache: 'no-store' });";

  test('a page that comes back from the back/forward cache is a new view', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(`${HERO}<script>${SAY}
        addEventListener('pageshow', ({ persisted }) => {
          say('persisted=' + persisted);
          if (!persisted) selvedge('ready').then(() => setTimeout(() => (location.href = '/plain'), 200));
        });</script>`),
    });
    peer.pages.set('/plain', {
      html: '<!doctype html><title>Plain</title><script>setTimeout(() => history.back(), 300)</script>',
    });
    open('/');
    await eventually(() => expect(said()).toEqual(['persisted=false', 'persisted=true']), 15_000);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'page.viewed']));
    expect(peer.calls().at(-1)?.body.placements).toEqual(['hero']);
  });

  test('a prerendered page counts nothing until it is shown', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: `<!doctype html><title>From</title><script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script>
        <script>const ask = async () => {
          if ((await fetch('/v1/go')).ok) location.href = '/next';
          else setTimeout(ask, 100);
        };
        ask();</script>`,
    });
    peer.script = ({ path }) => (path === '/v1/go' && !said().includes('waited') ? { status: 503 } : undefined);
    peer.pages.set('/next', {
      html: stage.html(`${HERO}<script>${SAY}
        say('prerendering=' + document.prerendering);
        document.addEventListener('prerenderingchange', () => say('shown'));
        selvedge('track', 'custom.early', {});
        // Long enough for all that the SDK would send.
        setTimeout(say, 600, 'waited');</script>`),
    });
    open('/');
    await eventually(() => expect(said()).toEqual(['prerendering=true', 'waited', 'shown']), 15_000);
    await eventually(() => expect([...peer.types()].sort()).toEqual(['custom.early', 'page.viewed']));
    const [first] = peer.calls();
    expect(first?.body.placements).toEqual(['hero']);
    // Nothing came before the page was shown.
    expect(peer.seen.indexOf(first as Seen)).toBeGreaterThan(
      peer.seen.findIndex(({ path }) => path === '/v1/said?waited'),
    );
  });
});
