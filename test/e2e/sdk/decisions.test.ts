import { describe, expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero" style="height:200px">own</div>';

describe('rendering', () => {
  test("an offer replaces the page's own content and goes again when the answer says nothing", async () => {
    const { peer } = stage;
    peer.decided = (_, { events }) =>
      events?.some((event) => event.type === 'order.placed')
        ? { offer: null, content: null }
        : { offer: 'spring', content: '<b>Spring</b>' };
    peer.pages.set('/', { html: stage.html('<div data-selvedge="hero"><i>own</i></div>') });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=spring] b');
    await page.evaluate(() => selvedge('track', 'order.placed', {}));
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('<i>own</i>');
    expect(await page.getAttribute('[data-selvedge=hero]', 'data-selvedge-rendered')).toBeNull();
  });

  test('a later answer reflects the event it came with; one that changes nothing touches nothing', async () => {
    const { peer } = stage;
    let offer = 'spring';
    peer.decided = () => ({ offer, content: `<b>${offer}</b>` });
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=spring]');
    await page.evaluate(() => {
      document.querySelector('b')?.setAttribute('data-kept', '');
      return selvedge('track', 'cart.added', {});
    });
    expect(peer.calls()).toHaveLength(2);
    expect(await page.locator('b[data-kept]').count()).toBe(1);
    offer = 'summer';
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    expect(await page.textContent('[data-selvedge=hero]')).toBe('summer');
  });

  test('server-rendered content that is still right is left alone, other content is replaced', async () => {
    const { peer } = stage;
    peer.decided = (placement) => ({ offer: `${placement}-new`, content: 'new' });
    peer.pages.set('/', {
      html: stage.html(
        '<div data-selvedge="a" data-selvedge-rendered="a-new"><u>served</u></div><div data-selvedge="b" data-selvedge-rendered="b-old"><u>served</u></div>',
      ),
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=b-new]');
    expect(await page.innerHTML('[data-selvedge=a]')).toBe('<u>served</u>');
    expect(await page.innerHTML('[data-selvedge=b]')).toBe('new');
  });

  test('a degraded answer takes nothing away that was decided before', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=hero-offer]');
    const lost = { id: 'prp_x', placement: 'hero', kind: 'html', offer: null, content: null, reason: 'degraded' };
    peer.script = () => ({ body: { accepted: 1, refused: [], propositions: [lost], degraded: true } });
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('<b>hero</b>');
  });

  test('scripts, handlers and javascript addresses of an offer never run', async () => {
    const { peer } = stage;
    peer.decided = () => ({
      offer: 'bad',
      content:
        '<script>hit=1</script><img src=x onerror="hit=2"><a href=" java\nscript:hit=3">x</a><iframe srcdoc="<script>parent.hit=4</script>"></iframe><svg><script>hit=5</script></svg><svg onload="hit=6"></svg>',
    });
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=bad] a');
    await page.click('[data-selvedge=hero] a');
    await pause(100);
    expect(await page.evaluate(() => (window as { hit?: number }).hit)).toBeUndefined();
    expect(await page.locator('[data-selvedge=hero] :is(script, iframe)').count()).toBe(0);
  });

  test('elements that come later are filled too', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() =>
      document.body.insertAdjacentHTML(
        'beforeend',
        '<p data-selvedge="late">own</p><p data-selvedge="hero" id="twin">own</p>',
      ),
    );
    await page.waitForSelector('[data-selvedge-rendered="late-offer"]');
    await page.waitForSelector('#twin[data-selvedge-rendered="hero-offer"]');
    expect(peer.calls()[1]?.body).toMatchObject({ placements: ['late'], events: [] });
  });

  test("json goes to listeners and to the element's own event", async () => {
    const { peer } = stage;
    peer.decided = () => ({ offer: 'o', content: { title: 'T' }, kind: 'json' });
    peer.pages.set('/', {
      html: stage.html(`<div data-selvedge="hero" data-selvedge-json="hero-card">own</div><script>got=[];
        document.addEventListener('hero-card', (e) => got.push(['event', e.target.dataset.selvedge, e.detail.content.title]));
        selvedge('on', 'proposition', (p, el) => got.push(['on', p.placement, p.content.title]));</script>`),
    });
    const page = await stage.open();
    await eventually(async () =>
      expect(await page.evaluate(() => (window as unknown as { got: unknown[] }).got)).toEqual([
        ['event', 'hero', 'T'],
        ['on', 'hero', 'T'],
      ]),
    );
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
  });

  test('decide is headless, shares the request, and fills in the fallback', async () => {
    const { peer } = stage;
    peer.decided = (placement) =>
      placement === 'none' ? { offer: null, content: null } : { offer: 'o', content: { n: 1 }, kind: 'json' };
    peer.pages.set('/', {
      html: stage.html(
        `${HERO}<script>wanted = selvedge('decide', ['some', 'none'], { fallback: { none: 'mine' } })</script>`,
      ),
    });
    const page = await stage.open();
    const got = (await page.evaluate(() => (window as unknown as { wanted: unknown }).wanted)) as {
      placement: string;
      content: unknown;
    }[];
    expect(got.map(({ placement, content }) => [placement, content])).toEqual([
      ['some', { n: 1 }],
      ['none', 'mine'],
    ]);
    expect(peer.calls()).toHaveLength(1);
  });
});

describe('a listener that comes late', () => {
  test('is told of what holds, with the element that it is in, and of nothing of the view before', async () => {
    const { peer } = stage;
    peer.decided = (placement) => ({ offer: placement, content: { n: 1 }, kind: 'json' });
    peer.pages.set('/', { html: stage.html('<div data-selvedge="card" data-selvedge-json="card">own</div>') });
    const page = await stage.open();
    await page.evaluate(() => selvedge('decide', 'flag', 0));
    const told = () =>
      page.evaluate(async () => {
        const heard: string[] = [];
        const off = await selvedge('on', 'proposition', (one: { placement: string }, element: Element | null) =>
          heard.push(`${one.placement} ${element?.getAttribute('data-selvedge') ?? null}`),
        );
        (off as () => void)();
        return heard.sort();
      });
    expect(await told()).toEqual(['card card', 'flag null']);
    peer.script = () => ({ cut: true });
    await page.evaluate(() => void history.pushState(null, '', '/next'));
    await eventually(() => expect(peer.calls().length).toBeGreaterThan(1));
    expect(await told()).toEqual([]);
  });
});

describe('content security policy', () => {
  const policies = [
    "trusted-types selvedge; require-trusted-types-for 'script'; script-src 'nonce-n' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
  ];

  test.each(policies)('%s', async (policy) => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO), headers: { 'content-security-policy': policy } });
    const page = await stage.context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${peer.origin}/`);
    await page.waitForSelector('[data-selvedge-rendered="hero-offer"] b');
    expect(complaints).toEqual([]);
  });

  test('a page that allows no policy of ours keeps its content and says why', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: `<!doctype html><body>${HERO}<script nonce="n">selvedge = Object.assign((...a) => new Promise((s) => selvedge.q.push([a, s])), { q: [] }); selvedge('on', 'error', (e) => document.title = e.kind)</script><script nonce="n" src="/sdk.js"></script>`,
      headers: {
        'content-security-policy': "trusted-types 'none'; require-trusted-types-for 'script'; script-src 'nonce-n'",
      },
    });
    const page = await stage.open();
    await eventually(async () => expect(await page.title()).toBe('render'));
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
    expect(peer.types()).toContain('page.viewed');
  });
});
