import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { DomAction } from '../../../client-sdk/src/dom-actions.ts';
import type { JsonValue } from '../../../core/lib/json.ts';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const PAGE =
  '<main><h1 id="title" class="big">Own</h1><ul id="list"><li>one</li></ul><a id="go" href="/own">go</a><p id="note" style="color: red">note</p></main><footer>foot</footer>';
const LIVE = { everywhere: ['promo'] };
const LISTEN = `<script>errors=[];selvedge('on','error',(e)=>errors.push(e.kind))</script>`;

/** Answers the placement `promo` with these actions until `offer` is null. */
function serve(...actions: DomAction[]): { offer: string | null; actions: DomAction[] } {
  const state = { offer: 'spring' as string | null, actions };
  const { peer } = stage;
  peer.config = LIVE;
  peer.decided = (placement) =>
    placement === 'promo'
      ? { offer: state.offer, content: (state.offer && { actions: state.actions }) as JsonValue, kind: 'dom' }
      : { offer: null, content: null };
  peer.pages.set('/', { html: stage.html(LISTEN + PAGE) });
  return state;
}
const main = (page: Page): Promise<string> => page.innerHTML('main');
const again = (page: Page): Promise<unknown> => page.evaluate(() => selvedge('track', 'custom.again', {}));
const errors = (page: Page): Promise<unknown> => page.evaluate(() => (window as unknown as { errors: unknown }).errors);

/** What each action makes of the page, as a selector that is there while it holds. */
const ACTIONS: readonly [DomAction, string][] = [
  [{ action: 'setText', selector: '#title', value: '<b>New</b>' }, 'h1:text-is("<b>New</b>")'],
  [{ action: 'setHtml', selector: '#title', value: '<b>New</b>' }, 'h1 > b:text-is("New")'],
  [{ action: 'setAttribute', selector: '#go', name: 'href', value: '/sale' }, 'a[href="/sale"]'],
  [{ action: 'addClass', selector: '#title', value: 'sale huge' }, 'h1.big.sale.huge'],
  [{ action: 'removeClass', selector: '#title', value: 'big' }, 'h1:not(.big)'],
  [{ action: 'insertBefore', selector: '#title', value: '<i>x</i>' }, 'main > i:first-child + h1'],
  [{ action: 'insertAfter', selector: '#title', value: '<i>x</i>' }, 'h1 + i + ul'],
  [{ action: 'append', selector: '#list', value: '<li>two</li>' }, 'ul > li:last-child:text-is("two")'],
  [{ action: 'prepend', selector: '#list', value: '<li>zero</li>' }, 'ul > li:first-child:text-is("zero")'],
  [{ action: 'replace', selector: '#title', value: '<h1 id="title">Other</h1>' }, 'h1:text-is("Other")'],
  [{ action: 'move', selector: '#title', target: 'footer' }, 'footer > h1'],
  [{ action: 'remove', selector: '#list' }, 'main:not(:has(ul))'],
];

describe('each action', () => {
  test.each(ACTIONS)('%j holds once, and goes back when nothing is decided any more', async (action, holds) => {
    const { peer } = stage;
    const state = serve(action);
    const page = await stage.open();
    await page.waitForSelector(holds, { state: 'attached' });
    const changed = await main(page);
    await again(page);
    await pause(100);
    expect(await main(page)).toBe(changed);
    state.offer = null;
    await again(page);
    expect(await main(page)).toBe(PAGE.slice(6, PAGE.indexOf('</main>')));
    expect(await page.innerHTML('footer')).toBe('foot');
    expect(peer.calls()[0]?.body.placements).toEqual(['promo']);
    expect(await errors(page)).toEqual([]);
  });

  test('setStyle and hide are rules, so that they hold for what comes later; they go back too', async () => {
    const state = serve(
      { action: 'setStyle', selector: '#note', name: 'color', value: 'rgb(0, 0, 255)' },
      { action: 'hide', selector: 'footer' },
      { action: 'setStyle', selector: '#title', name: 'color', value: 'red}body{display:none' },
    );
    const page = await stage.open();
    const looks = () =>
      page.evaluate(() => [
        getComputedStyle(document.querySelector('#note') as Element).color,
        getComputedStyle(document.querySelector('footer') as Element).display,
        getComputedStyle(document.body).display,
      ]);
    await eventually(async () => expect(await looks()).toEqual(['rgb(0, 0, 255)', 'none', 'block']));
    state.offer = null;
    await again(page);
    expect(await looks()).toEqual(['rgb(255, 0, 0)', 'block', 'block']);
  });
});

describe('actions together', () => {
  test('build on each other, are undone in reverse, and the next offer starts from the page itself', async () => {
    const state = serve(
      { action: 'setHtml', selector: '#title', value: '<b class="new">New</b>' },
      { action: 'addClass', selector: '#title .new', value: 'hot' },
      { action: 'insertAfter', selector: '#title', value: '<p class="new">after</p>' },
    );
    const page = await stage.open();
    await page.waitForSelector('h1 > b.new.hot');
    await page.waitForSelector('h1 + p.new');
    state.offer = 'summer';
    state.actions = [{ action: 'append', selector: '#title', value: '!' }];
    await again(page);
    expect(await page.innerHTML('#title')).toBe('Own!');
    expect(await page.locator('p.new').count()).toBe(0);
  });

  test('keep what the page itself changed since', async () => {
    const state = serve(
      { action: 'addClass', selector: '#title', value: 'sale' },
      { action: 'setHtml', selector: '#list', value: '<li>ours</li>' },
      { action: 'setAttribute', selector: '#go', name: 'href', value: '/sale' },
    );
    const page = await stage.open();
    await page.waitForSelector('h1.sale');
    await page.evaluate(() => {
      document.querySelector('#title')?.classList.add('open');
      document.querySelector('#list')?.replaceChildren('theirs');
      document.querySelector('#go')?.setAttribute('href', '/theirs');
    });
    state.offer = null;
    await again(page);
    expect(await page.getAttribute('#title', 'class')).toBe('big open');
    expect(await page.innerHTML('#list')).toBe('theirs');
    expect(await page.getAttribute('#go', 'href')).toBe('/theirs');
  });

  test('leave classes of the page alone, also where they were set as an attribute', async () => {
    const state = serve({ action: 'setAttribute', selector: '#title', name: 'class', value: 'sale  huge' });
    const page = await stage.open();
    await page.waitForSelector('h1.sale.huge:not(.big)');
    await page.evaluate(() => document.querySelector('#title')?.classList.add('open'));
    state.offer = null;
    await again(page);
    const classes = ((await page.getAttribute('#title', 'class')) ?? '').split(' ').sort();
    expect(classes).toEqual(['big', 'open']);
  });

  test('put back what moved with its neighbours gone, and text that was put in', async () => {
    const state = serve(
      { action: 'move', selector: '#go', target: 'footer' },
      { action: 'append', selector: '#note', value: ' <b>now</b> and text' },
      { action: 'insertBefore', selector: 'main', value: 'bare text' },
    );
    const page = await stage.open();
    await page.waitForSelector('footer > #go');
    await page.waitForSelector('#note > b');
    await page.evaluate(() => document.querySelector('#note')?.remove());
    state.offer = null;
    await again(page);
    expect(await page.locator('main > *').evaluateAll((all) => all.map(({ id }) => id))).toEqual([
      'title',
      'list',
      'go',
    ]);
    expect(await page.textContent('body')).not.toContain('bare text');
  });

  test('wait for elements that come later, and for those that the page makes anew', async () => {
    serve(
      { action: 'setText', selector: '#late', value: 'decided' },
      { action: 'insertBefore', selector: '#late', value: '<i>before</i>' },
      { action: 'move', selector: '#title', target: '#later' },
    );
    const page = await stage.open();
    await eventually(() => expect(stage.peer.calls()).toHaveLength(1));
    const make = () =>
      page.evaluate(() => {
        document.querySelector('#late')?.remove();
        document.querySelector('main')?.insertAdjacentHTML('beforeend', '<p id="late">own</p>');
      });
    await make();
    await page.waitForSelector('i + #late:text-is("decided")');
    await make();
    await page.waitForSelector('i + #late:text-is("decided")');
    await eventually(async () => expect(await page.locator('main > i').count()).toBe(1));
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<div id="later"></div>'));
    await page.waitForSelector('#later > h1');
  });

  test('never end in a loop, whatever makes the targets of whatever', async () => {
    serve(
      { action: 'replace', selector: '.ping', value: '<i class="ping pong">1</i>' },
      { action: 'replace', selector: '.pong', value: '<i class="pong ping">2</i>' },
      { action: 'append', selector: 'li', value: '<ul><li>nested</li></ul>' },
    );
    const page = await stage.open();
    await page.waitForSelector('li > ul > li');
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<i class="ping">0</i>'));
    await pause(500);
    expect(await page.locator('li').count()).toBe(2);
    expect(await page.locator('.ping').count()).toBe(1);
  });
});

describe('bad actions', () => {
  test.each<[string, DomAction]>([
    ['a script', { action: 'setHtml', selector: '#title', value: '<script>hit=1</script><b>ok</b>' }],
    ['a handler', { action: 'append', selector: '#title', value: '<img src=x onerror="hit=1"><b>ok</b>' }],
    [
      'a javascript: address',
      { action: 'replace', selector: '#title', value: '<a href="javascript:hit=1"><b>ok</b></a>' },
    ],
    [
      'a data: address',
      {
        action: 'setHtml',
        selector: '#title',
        value: '<iframe src="data:text/html,<script>parent.hit=1</script>"></iframe><b>ok</b>',
      },
    ],
  ])('%s in HTML is left out', async (_, action) => {
    serve(action);
    const page = await stage.open();
    await page.waitForSelector('main b', { state: 'attached' });
    for (const link of await page.locator('main h1 a, main > a:not(#go)').all()) await link.click();
    await pause(100);
    expect(await page.evaluate(() => (window as { hit?: number }).hit)).toBeUndefined();
    expect(await page.locator('main :is(script, [onerror], [href^=javascript], [src^=data])').count()).toBe(0);
  });

  test.each<[string, DomAction]>([
    ['a handler', { action: 'setAttribute', selector: '#title', name: 'onclick', value: 'hit=1' }],
    ['srcdoc', { action: 'setAttribute', selector: '#title', name: 'srcdoc', value: '<script>hit=1</script>' }],
    ['a javascript: address', { action: 'setAttribute', selector: '#go', name: 'href', value: ' java\tscript:hit=1' }],
    ['a selector that is none', { action: 'setText', selector: '!!', value: 'x' }],
    ['text for a script', { action: 'setText', selector: 'body > script', value: 'hit=1' }],
    ['an action that is none', { action: 'explode' as 'hide', selector: '#title' }],
  ])('%s is refused once, is said, and stops nothing else', async (_, action) => {
    serve(action, { action: 'setText', selector: '#note', value: 'fine' });
    const page = await stage.open();
    await page.waitForSelector('#note:text-is("fine")');
    await page.evaluate(() => document.body.append('more'));
    await pause(100);
    expect(await errors(page)).toEqual(['render']);
    expect(await page.getAttribute('#go', 'href')).toBe('/own');
    expect(await page.evaluate(() => (window as { hit?: number }).hit)).toBeUndefined();
  });

  test('addresses keep their schemes, or are left out', async () => {
    const good = [
      '/a',
      'a?x=javascript:1',
      '#javascript:1',
      'https://a.test/',
      'HTTP://a.test',
      ' https://a.test',
      'mailto:a@a.test',
      'tel:1',
      'sms:1',
      'data:image/png;base64,AA',
      '//a.test',
      'a.png 1x, https://a.test/b.png 2x',
    ];
    const bad = [
      'javascript:1',
      ' JavaScript:1',
      'java\nscript:1',
      '\u0001javascript:1',
      'java\tscript\n:1',
      'vbscript:1',
      'data:text/html,x',
      'data:image/svg+xml,x',
      'blob:https://a.test/1',
      'file:///a',
      'intent:1',
    ];
    const links = [...good, ...bad].map((url) => `<img srcset="${url}"><a href="${url}">x</a>`).join('');
    serve({ action: 'setHtml', selector: '#title', value: links });
    const page = await stage.open();
    await page.waitForSelector('#title > a');
    const kept = (selector: string, name: string): Promise<(string | null)[]> =>
      page
        .locator(selector)
        .evaluateAll((all, of) => all.map((one) => one.getAttribute(of)).filter((value) => value !== null), name);
    expect(await kept('#title > a', 'href')).toEqual(good);
    expect(await kept('#title > img', 'srcset')).toEqual(good);
  });

  test('asked for by code alone they change nothing', async () => {
    serve({ action: 'setText', selector: '#title', value: 'x' });
    stage.peer.config = {};
    const page = await stage.open();
    const { content } = (await page.evaluate(() => selvedge('decide', 'promo', null))) as { content: unknown };
    expect(content).toEqual({ actions: [{ action: 'setText', selector: '#title', value: 'x' }] });
    await pause(100);
    expect(await page.textContent('#title')).toBe('Own');
  });
});

describe('whom a test shows the page as it is', () => {
  const seen = () =>
    stage.peer.stored.filter((event) => event.type === 'proposition.displayed').map(({ data }) => data?.placement);

  test('sees it where others see it changed, and nothing changes', async () => {
    const { peer } = stage;
    peer.config = LIVE;
    const content = { actions: [{ action: 'setStyle', selector: '#title' }] };
    peer.decided = () => ({ offer: null, content, kind: 'dom', experiment: 'titles' });
    peer.pages.set('/', { html: stage.html(`${LISTEN}<p style="height:3000px"></p>${PAGE}`) });
    const page = await stage.open();
    const before = await main(page);
    await pause(1500);
    expect(seen()).toEqual([]);
    await page.evaluate(() => document.querySelector('#title')?.scrollIntoView());
    await eventually(() => expect(seen()).toEqual(['promo']));
    expect([await main(page), await errors(page)]).toEqual([before, []]);
  });

  test('sees where a redirect would have led others on, at once and once', async () => {
    const { peer } = stage;
    peer.config = { everywhere: ['go'] };
    peer.decided = () => ({ offer: null, content: null, kind: 'redirect', experiment: 'checkout' });
    peer.pages.set('/', { html: stage.html(LISTEN + PAGE) });
    const page = await stage.open();
    await eventually(() => expect(seen()).toEqual(['go']));
    await again(page);
    await pause(300);
    expect([seen(), new URL(page.url()).pathname]).toEqual([['go'], '/']);
  });
});

describe('redirects', () => {
  const lead = (url: string, hosts: string[] = []): void => {
    const { peer } = stage;
    peer.config = { everywhere: ['go'], redirectHosts: hosts };
    peer.decided = () => ({ offer: 'o', content: { url }, kind: 'redirect' });
    peer.pages.set('/', { html: stage.html(LISTEN + PAGE) });
    peer.pages.set('/there', { html: 'there' });
  };

  test('go to the own host and are counted as seen', async () => {
    lead('/there?a=1');
    const { peer } = stage;
    const page = await stage.open();
    await page.waitForURL('**/there?a=1');
    await eventually(() => expect(peer.types()).toContain('proposition.displayed'));
    expect(await page.evaluate(() => history.length)).toBe(2);
  });

  test('go to another host that the source allows', async () => {
    const { peer } = stage;
    lead(`${peer.elsewhere}/there`, [new URL(peer.elsewhere).host]);
    const page = await stage.open();
    await page.waitForURL(`${peer.elsewhere}/there`);
  });

  test.each(['http://evil.test/', '//evil.test/x', 'javascript:alert(1)', 'data:text/html,x', 'http://'])(
    '%s is refused and said',
    async (url) => {
      lead(url);
      const page = await stage.open();
      await eventually(async () => expect(await errors(page)).toEqual(['render']));
      expect(page.url()).toBe(`${stage.peer.origin}/`);
    },
  );

  test('that lead in a circle end', async () => {
    const { peer } = stage;
    lead('/');
    peer.decided = (_, { events }) => ({
      offer: 'o',
      content: { url: events?.some((event) => event.data.path === '/') ? '/b' : '/' },
      kind: 'redirect',
    });
    peer.pages.set('/b', { html: stage.html(PAGE) });
    const page = await stage.open();
    await page.waitForURL('**/b');
    await pause(600);
    expect(page.url()).toBe(`${peer.origin}/b`);
  });
});

describe('what is seen of actions', () => {
  test('is counted like anything else: an impression, a click, a dismissal', async () => {
    const { peer } = stage;
    serve({
      action: 'insertAfter',
      selector: '#title',
      value: '<div id="bar" style="height:40px"><button>open</button><button data-selvedge-dismiss>x</button></div>',
    });
    const page = await stage.open();
    const of = (verb: string) => peer.stored.filter((event) => event.type === `proposition.${verb}`);
    await eventually(() => expect(of('displayed')).toHaveLength(1));
    expect(of('displayed')[0]?.data).toEqual({ proposition: 'prp_1', placement: 'promo', offer: 'spring' });
    await page.click('#bar button');
    await page.click('#bar button');
    await page.click('#bar [data-selvedge-dismiss]');
    await eventually(() => expect(of('dismissed')).toHaveLength(1));
    expect(of('clicked')).toHaveLength(1);
    expect(await page.locator('#bar').count()).toBe(0);
    await again(page);
    await pause(100);
    expect(await page.locator('#bar').count()).toBe(0);
  });
});
