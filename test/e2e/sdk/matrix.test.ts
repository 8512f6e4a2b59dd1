import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { bundleEntry } from './bundle-entry.ts';
import { eventually, pause, useStage } from './stage.ts';

/** Everything a page may use at once, in every kind of place: nothing of it may complain, and all of it must work or step aside. */
const stage = useStage();
const STRICT =
  "trusted-types selvedge; require-trusted-types-for 'script'; script-src 'nonce-n' 'strict-dynamic'; style-src 'none'; object-src 'none'; base-uri 'none'";
const STATE = `<script type="application/json" id="selvedge-state">${JSON.stringify({
  propositions: [
    {
      id: 'prp_s',
      placement: 'side',
      kind: 'html',
      offer: 'edge',
      content: '\u003cb>edge\u003c/b>',
      reason: 'eligible',
    },
  ],
}).replaceAll('<', '\\u003c')}</script>`;
const BODY = `<h1 id="title">own</h1><div data-selvedge="hero">own</div><div data-selvedge="side">own</div>
  <div data-selvedge="card" data-selvedge-json="card">own</div>`;

function prepare(): void {
  const { peer } = stage;
  peer.config = { placements: ['hero', 'side', 'promo', 'go'], prehide: { promo: ['#title'] }, everywhere: ['go'] };
  peer.decided = (placement) => {
    if (placement === 'promo')
      return {
        offer: 'p',
        kind: 'dom',
        content: {
          actions: [
            { action: 'setHtml', selector: '#title', value: '<i>new</i>' },
            { action: 'setStyle', selector: '#title', name: 'color', value: 'rgb(0, 0, 255)' },
            { action: 'insertAfter', selector: '#title', value: '<p id="after">after</p>' },
          ],
        },
      };
    if (placement === 'go') return { offer: null, content: null };
    if (placement === 'card') return { offer: 'c', content: { n: 1 }, kind: 'value' };
    return { offer: 'h', content: `<b>${placement}</b>` };
  };
  peer.pages.set('/', {
    html: stage.html(STATE + BODY),
    headers: { 'content-security-policy': STRICT },
  });
}
/** A page that writes down every complaint, except of requests that the test itself cuts. */
async function open(
  prepared: (page: Page) => Promise<unknown> = async () => {},
): Promise<{ page: Page; complaints: string[] }> {
  prepare();
  const page = await stage.context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (!/^Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await prepared(page);
  await page.goto(`${stage.peer.origin}/`);
  return { page, complaints };
}
const looks = (page: Page) =>
  page.evaluate(() =>
    ['#title', '[data-selvedge=hero]', '[data-selvedge=side]'].map((selector) => {
      const element = document.querySelector(selector) as Element;
      return `${getComputedStyle(element).visibility} ${element.textContent}`;
    }),
  );

describe('a page with everything', () => {
  test('under a policy that allows next to nothing', async () => {
    const { page, complaints } = await open();
    await eventually(async () => expect(await looks(page)).toEqual(['visible new', 'visible hero', 'visible side']));
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('#title') as Element).color)).toBe(
      'rgb(0, 0, 255)',
    );
    expect(complaints).toEqual([]);
  });

  test('with the endpoint blocked: what the edge brought stays, the rest is the page as it was', async () => {
    const { page, complaints } = await open((page) => page.route('**/v1/**', (route) => route.abort()));
    await page.evaluate(() => selvedge('ready'));
    expect(await page.evaluate(() => selvedge('decide', 'flag', true))).toMatchObject({
      content: true,
      reason: 'degraded',
    });
    await eventually(async () => expect(await looks(page)).toEqual(['visible own', 'visible own', 'visible edge']));
    expect(complaints).toEqual([]);
  });

  test('offline and back', async () => {
    const { page, complaints } = await open();
    await eventually(async () => expect((await looks(page))[0]).toBe('visible new'));
    await stage.context.setOffline(true);
    await page.evaluate(() => selvedge('track', 'custom.offline', {}));
    expect((await looks(page))[0]).toBe('visible new');
    await stage.context.setOffline(false);
    await eventually(() => expect(stage.peer.types()).toContain('custom.offline'));
    expect(complaints).toEqual([]);
  });

  test('without storage', async () => {
    const { page, complaints } = await open((page) =>
      page.addInitScript(() => {
        for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
          Object.defineProperty(window, name, {
            get() {
              throw new DOMException('denied', 'SecurityError');
            },
          });
      }),
    );
    await eventually(async () => expect(await looks(page)).toEqual(['visible new', 'visible hero', 'visible side']));
    expect(complaints).toEqual([]);
  });

  test('in two tabs at once: each has all, and no event is sent twice', async () => {
    const both = await Promise.all([open(), open()]);
    for (const { page, complaints } of both) {
      await eventually(async () => expect((await looks(page))[0]).toBe('visible new'));
      expect(complaints).toEqual([]);
    }
    const ids = stage.peer.calls().flatMap(({ body }) => (body.events ?? []).map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('started again from a copy out of npm: one client, nothing twice', async () => {
    prepare();
    const module = await bundleEntry(`
      import { init } from './index.ts';
      await selvedge('ready');
      const client = init({ key: 'wk_main.test', source: 'web' });
      window.ids = [await client.decide('flag', 1), await selvedge('decide', 'flag', 1)].map(({ id }) => id);`);
    stage.peer.pages.set('/', {
      html: stage.html(`${STATE}${BODY}<script nonce="n" type="module">${module}</script>`),
      headers: { 'content-security-policy': STRICT },
    });
    const page = await stage.open();
    await eventually(async () => expect(await looks(page)).toEqual(['visible new', 'visible hero', 'visible side']));
    await pause(200);
    expect(stage.peer.types().filter((type) => type === 'page.viewed')).toHaveLength(1);
    expect(await page.locator('#after').count()).toBe(1);
    const ids = await page.evaluate(() => (window as unknown as { ids: string[] }).ids);
    expect(ids[0]).toBe(ids[1]);
  });

  test('in a single-page application: what was shown stays until the next view is decided, and each view asks anew', async () => {
    const { page, complaints } = await open();
    await eventually(async () => expect((await looks(page))[0]).toBe('visible new'));
    await page.evaluate(() => history.pushState(null, '', '/next'));
    await eventually(() => expect(stage.peer.types().filter((type) => type === 'page.viewed')).toHaveLength(2));
    expect([...(stage.peer.calls()[1]?.body.placements ?? [])].sort()).toEqual(['card', 'go', 'hero', 'promo', 'side']);
    await page.evaluate(() => {
      const main = document.createElement('h1');
      main.id = 'title';
      main.textContent = 'next';
      document.querySelector('#title')?.replaceWith(main);
    });
    await eventually(async () => expect((await looks(page))[0]).toBe('visible new'));
    expect(await page.locator('#after').count()).toBe(1);
    expect(complaints).toEqual([]);
  });
});

describe('several offers in one place', () => {
  test('are shown in their order; each is seen and clicked for itself', async () => {
    const { peer } = stage;
    peer.decided = () => ['one', 'two'].map((offer) => ({ offer, content: `<p style="height:30px">${offer}</p>` }));
    peer.pages.set('/', { html: stage.html('<div data-selvedge="list">own</div>') });
    const page = await stage.open();
    await page.click('p:text-is("two")');
    expect(await page.getAttribute('[data-selvedge=list]', 'data-selvedge-rendered')).toBe('one two');
    const of = (verb: string) =>
      peer.stored.filter((event) => event.type === `proposition.${verb}`).map((event) => event.data.offer);
    await eventually(() => expect(of('displayed').sort()).toEqual(['one', 'two']));
    expect(of('clicked')).toEqual(['two']);
    expect(((await page.evaluate(() => selvedge('decide', ['list']))) as unknown[]).length).toBe(2);
  });
});
