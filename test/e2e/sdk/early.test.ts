import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Seen } from './peer.ts';
import { eventually, kept, pause, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero" style="height:100px">own</div>';
const state = (value: unknown): string =>
  `<script type="application/json" id="selvedge-state">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
const proposition = (content: string, id = 'prp_edge') => ({
  id,
  placement: 'hero',
  kind: 'html',
  offer: 'hero-offer',
  content,
  reason: 'eligible',
});
/** Answers nothing before it is let go. */
function hold(matches: (call: Seen) => boolean = () => true): () => void {
  let isHeld = true;
  stage.peer.script = (call) => (isHeld && matches(call) ? { delayMs: 1_500 } : undefined);
  return () => {
    isHeld = false;
  };
}
const visibility = (page: Page, selector: string): Promise<string> =>
  page.evaluate((found) => getComputedStyle(document.querySelector(found) as Element).visibility, selector);

describe('state that the edge put into the page', () => {
  test('is shown without waiting, counted under its id, and refreshed', async () => {
    const { peer } = stage;
    hold();
    peer.pages.set('/', { html: stage.html(state({ propositions: [proposition('<b>edge</b>')] }) + HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=hero-offer] b:text-is("edge")');
    expect(peer.stored).toEqual([]);
    await page.waitForSelector('b:text-is("hero")');
    expect(peer.calls()[0]?.body.placements).toEqual(['hero']);
  });

  test('that the answer repeats is touched by nothing and keeps its id', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(state({ propositions: [proposition('<b>hero</b>')] }) + HERO) });
    const page = await stage.open();
    await page.evaluate(() => document.querySelector('b')?.setAttribute('data-kept', ''));
    const seen = () => peer.stored.filter((event) => event.type === 'proposition.displayed');
    await eventually(() => expect(seen()).toHaveLength(1));
    expect(seen()[0]?.data).toMatchObject({ proposition: 'prp_edge' });
    expect(await page.locator('b[data-kept]').count()).toBe(1);
  });

  test('answers decide() at once, and comes in although it stands after the SDK', async () => {
    const { peer } = stage;
    hold();
    peer.pages.set('/', {
      html: stage.html(HERO + state({ propositions: [{ ...proposition('"x"'), kind: 'value' }] })),
    });
    const page = await stage.open();
    const got = await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
      return selvedge('decide', 'hero', 'mine');
    });
    expect(got).toMatchObject({ id: 'prp_edge', content: '"x"' });
    expect(peer.stored).toEqual([]);
  });

  test.each(['', '{', 'null', '[]', '"text"'])('that reads %j does no harm', async (text) => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(`<script type="application/json" id="selvedge-state">${text}</script>${HERO}`),
    });
    const page = await stage.open();
    await page.waitForSelector('b:text-is("hero")');
  });

  test('brings the consent that the server knows; a choice made here goes before', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: { analytics: 'pending' } };
    peer.pages.set('/', { html: stage.html(state({ consent: { analytics: 'in' } }) + HERO) });
    const page = await stage.open();
    await eventually(() => expect(peer.stored[0]?.consent).toEqual({ analytics: 'in' }));
    await page.evaluate(() => selvedge('consent', { analytics: 'out' }));
    const { length } = peer.calls();
    await page.goto(`${peer.origin}/`);
    await pause(200);
    expect(peer.calls()).toHaveLength(length);
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
  });
});

describe('the last answer', () => {
  const live = (): void => {
    stage.peer.config = { placements: ['hero'] };
    stage.peer.pages.set('/', { html: stage.html(HERO) });
  };

  test('is shown again on the same page until the new one is there, and counts nothing', async () => {
    const { peer } = stage;
    live();
    const page = await stage.open();
    await page.waitForSelector('b:text-is("hero")');
    hold();
    const before = peer.stored.length;
    await page.goto(`${peer.origin}/`);
    await page.waitForSelector('[data-selvedge-rendered=hero-offer] b');
    expect(peer.stored).toHaveLength(before);
    const seen = () => peer.stored.filter((event) => event.type === 'proposition.displayed');
    await eventually(() => expect(seen()).toHaveLength(1), 6_000);
    // The id of the second page's own answer.
    expect(seen()[0]?.data).toMatchObject({ proposition: 'prp_2' });
  });

  test('is not shown on another page, and not once everything is forgotten', async () => {
    const { peer } = stage;
    live();
    peer.pages.set('/other', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('b:text-is("hero")');
    hold();
    await page.goto(`${peer.origin}/other`);
    await pause(300);
    expect(await page.textContent('[data-selvedge=hero]')).toBe('own');
    await page.evaluate(() => selvedge('reset'));
    expect(Object.keys(await kept(page)).filter((key) => key.endsWith('.p'))).toEqual([]);
  });

  test('to a person who is known is not kept: the next one may share the browser', async () => {
    live();
    const page = await stage.open();
    await page.waitForSelector('b:text-is("hero")');
    expect(await kept(page)).toHaveProperty(['sv.web.p']);
    await page.evaluate(() => selvedge('identify', 'a.b.c'));
    expect(await kept(page)).toEqual({});
  });

  test('of a megabyte is shown and not kept', async () => {
    live();
    stage.peer.decided = () => ({ offer: 'o', content: `<b>${'x'.repeat(1_000_000)}</b>` });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=o] b');
    expect(await kept(page)).toEqual({});
  });

  test('is neither kept nor read where no offer is live', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('b:text-is("hero")');
    expect(await kept(page)).toEqual({});
  });
});

describe('what live offers may change is hidden', () => {
  /** Blocks the parser, so that nothing is painted before. */
  const page = (body: string): void => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: `<!doctype html><html><head><title>x</title><script src="/sdk.js"></script></head><body>${body}</body></html>`,
    });
  };
  const BODY = `<h1 id="title">own</h1><p id="note">note</p>${HERO}`;
  const LIVE = { placements: ['hero', 'promo'], prehide: { promo: ['#title'] } };

  test('where it stands, until the answer is applied: nothing moves', async () => {
    const { peer } = stage;
    peer.config = LIVE;
    peer.decided = (placement) =>
      placement === 'hero'
        ? { offer: 'o', content: '<b>hero</b>' }
        : { offer: 'o', content: { actions: [{ action: 'setText', selector: '#title', value: 'new' }] }, kind: 'dom' };
    peer.script = () => ({ delayMs: 400 });
    page(BODY);
    const shown = await stage.context.newPage();
    await shown.addInitScript(() => {
      const page = window as unknown as { shifts: number; painted: string[] };
      page.shifts = 0;
      page.painted = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) page.shifts += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
      const frame = (): void => {
        const title = document.querySelector('#title');
        if (title) page.painted.push(`${getComputedStyle(title).visibility} ${title.textContent}`);
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await shown.goto(`${peer.origin}/`);
    expect(await visibility(shown, '#title')).toBe('hidden');
    expect(await visibility(shown, '[data-selvedge=hero]')).toBe('hidden');
    expect(await visibility(shown, '#note')).toBe('visible');
    await shown.waitForSelector('#title:text-is("new")');
    await eventually(async () => expect(await visibility(shown, '#title')).toBe('visible'));
    await pause(100);
    const [painted, shifts] = await shown.evaluate(() => {
      const page = window as unknown as { painted: string[]; shifts: number };
      return [page.painted, page.shifts] as const;
    });
    // No frame has shown the page's own title.
    expect(painted).not.toContain('visible own');
    expect(shifts).toBe(0);
  });

  test.each<[string, () => void]>([
    ['the endpoint is blocked', () => (stage.peer.script = () => ({ cut: true }))],
    ['the batch is refused', () => (stage.peer.script = () => ({ status: 422 }))],
    ['the answer has nothing', () => (stage.peer.decided = () => ({ offer: null, content: null }))],
    ['consent was refused', () => (stage.peer.config = { ...LIVE, defaultConsent: { analytics: 'out' } })],
  ])('and shown when %s, without waiting for the time to run out', async (_, prepare) => {
    stage.peer.config = LIVE;
    prepare();
    page(BODY);
    await stage.context.addInitScript(() => {
      const { setTimeout } = window;
      // The timer that ends all hiding never comes.
      window.setTimeout = ((run: () => void, ms: number, ...rest: unknown[]) =>
        ms === 800 ? 0 : setTimeout(run, ms, ...rest)) as never;
    });
    const shown = await stage.open();
    await eventually(async () => expect(await visibility(shown, '#title')).toBe('visible'));
    expect(await visibility(shown, '[data-selvedge=hero]')).toBe('visible');
    expect(await shown.textContent('#title')).toBe('own');
  });

  test('and shown when the answer does not come in time', async () => {
    stage.peer.config = LIVE;
    stage.peer.script = () => ({ delayMs: 3_000 });
    page(BODY);
    const shown = await stage.open();
    await eventually(async () => expect(await visibility(shown, '#title')).toBe('visible'), 2_500);
    expect(await visibility(shown, '[data-selvedge=hero]')).toBe('visible');
    expect(stage.peer.stored).toEqual([]);
  });

  test('never the body, and not what the visitor may have seen', async () => {
    const { peer } = stage;
    peer.config = { placements: ['promo'], prehide: { promo: ['body', 'html', '#title'] } };
    peer.script = () => ({ delayMs: 500 });
    page(BODY);
    const shown = await stage.open();
    expect(await visibility(shown, '#title')).toBe('hidden');
    expect(await visibility(shown, 'body')).toBe('visible');
    peer.pages.set('/painted', { html: BODY });
    const painted = await stage.open('/painted');
    await eventually(async () =>
      expect(await painted.evaluate(() => performance.getEntriesByType('paint').length)).toBeGreaterThan(0),
    );
    await painted.addScriptTag({ url: '/sdk.js' });
    expect(await visibility(painted, '#title')).toBe('visible');
  });
});
