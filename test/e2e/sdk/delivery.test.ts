import { describe, expect, test } from 'vitest';
import { eventually, kept, pause, useStage } from './stage.ts';

const stage = useStage();
const queued = (store: Record<string, string>): string[] =>
  Object.entries(store).flatMap(([key, text]) =>
    key.startsWith('sv.web.q') ? (JSON.parse(text) as { e: { type: string }[] }).e.map((event) => event.type) : [],
  );
const storedOnce = (): void => {
  const sent = stage.peer
    .calls()
    .flatMap((call) => call.body.events ?? [])
    .map((event) => event.id);
  expect(new Set(sent).size).toBe(sent.length);
};

describe('write-ahead queue', () => {
  test('stored before it is sent, removed when accepted', async () => {
    const { peer } = stage;
    peer.script = () => ({ delayMs: 300 });
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await eventually(() => expect(peer.calls()).toHaveLength(1));
    expect(queued(await kept(page))).toEqual(['page.viewed']);
    await eventually(async () => expect(await kept(page)).toEqual({}));
  });

  test('made offline, drained by the next page', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    await stage.context.setOffline(true);
    expect(await page.evaluate(() => selvedge('track', 'custom.offline', {}))).toBeNull();
    expect(queued(await kept(page))).toEqual(['custom.offline']);
    await page.close();
    await stage.context.setOffline(false);
    await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'custom.offline', 'page.viewed']));
    // The driver's offline switch can let a keepalive request slip through, so its count is not asserted.
    expect(
      peer
        .calls()
        .at(-1)
        ?.body.events?.map((event) => event.type),
    ).toEqual(['custom.offline', 'page.viewed']);
  });

  test('back online the same page goes on', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await stage.context.setOffline(true);
    await page.evaluate(() => selvedge('track', 'custom.offline', {}));
    await stage.context.setOffline(false);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'custom.offline']));
  });

  test('what a crashed page left is taken by one of two tabs that open together', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    peer.pages.set('/plain', { html: 'plain' });
    const plain = await stage.open('/plain');
    await plain.evaluate(() => {
      for (const page of [1, 2]) {
        const e = Array.from({ length: 60 }, (_, n) => ({
          id: `left${page}-${n}`,
          type: 'custom.left',
          occurredAt: new Date().toISOString(),
          data: {},
        }));
        localStorage.setItem(`sv.web.qdead${page}`, JSON.stringify({ t: 1, e }));
      }
    });
    await Promise.all([stage.open(), stage.open()]);
    await eventually(() => expect(peer.types().filter((type) => type === 'custom.left')).toHaveLength(120));
    await eventually(async () => expect(await kept(plain)).toEqual({}));
    storedOnce();
    expect(Math.max(...peer.calls().map((call) => call.body.events?.length ?? 0))).toBe(100);
  });

  test('a live tab keeps its own: nobody else sends what it is about to send', async () => {
    const { peer } = stage;
    peer.script = (call) =>
      call.body.events?.some((event) => event.type === 'custom.slow') ? { delayMs: 500 } : undefined;
    peer.pages.set('/', { html: stage.html('') });
    const first = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await first.evaluate(() => void selvedge('track', 'custom.slow', {}));
    await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(3));
    storedOnce();
  });

  test('storage denied: everything works from memory', async () => {
    const { peer } = stage;
    await stage.context.addInitScript(() =>
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
    );
    peer.pages.set('/', { html: stage.html('<div data-selvedge="hero">own</div>') });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() => selvedge('track', 'custom.a', {}));
    await page.evaluate(() => selvedge('consent', { analytics: 'in' }));
    expect(peer.types()).toEqual(['page.viewed', 'custom.a', 'consent.updated']);
    storedOnce();
  });
});

describe('failures', () => {
  test('503 with Retry-After: waits that long, then sends the same events once more', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = () => (left-- > 0 ? { status: 503, headers: { 'retry-after': '2' } } : undefined);
    peer.pages.set('/', { html: stage.html('<div data-selvedge="hero">own</div>') });
    const page = await stage.open();
    await eventually(() => expect(peer.calls()).toHaveLength(1));
    expect(await page.evaluate(() => selvedge('track', 'custom.during', {}))).toBeNull();
    await page.waitForSelector('[data-selvedge-rendered]');
    const [first, second] = peer.calls();
    expect(peer.calls()).toHaveLength(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1950);
    expect(second?.body.events?.[0]?.id).toBe(first?.body.events?.[0]?.id);
    expect(peer.types()).toEqual(['page.viewed', 'custom.during']);
  });

  test('waits longer each time, by chance at least half of it, and as long as Retry-After says', async () => {
    const { peer } = stage;
    await stage.context.addInitScript(() => {
      const planned: number[] = [];
      const set = window.setTimeout;
      window.setTimeout = ((run: () => void, ms = 0) => {
        // Shorter ones gather a batch. A retry is only noted: the test says when it is time.
        return ms < 400 ? set(run, ms) : planned.push(ms);
      }) as typeof setTimeout;
      Object.assign(window, { planned });
    });
    let wait = '';
    peer.script = () => ({ status: 503, headers: wait ? { 'retry-after': wait } : {} });
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    const delays = async (chance: number, times: number): Promise<number[]> => {
      await page.evaluate((value) => {
        Math.random = () => value;
        (window as unknown as { planned: number[] }).planned.length = 0;
      }, chance);
      for (let n = 0; n < times; n++) {
        const before = peer.calls().length;
        await page.evaluate(() => void dispatchEvent(new Event('online')));
        await eventually(() => expect(peer.calls()).toHaveLength(before + 1));
        await eventually(async () => expect(await planned()).toHaveLength(n + 1));
      }
      return planned();
    };
    const planned = (): Promise<number[]> => page.evaluate(() => (window as unknown as { planned: number[] }).planned);
    await eventually(() => expect(peer.calls()).toHaveLength(1));
    // The first one was planned by a chance of the browser's.
    expect(await delays(0, 3)).toEqual([1001, 2001, 4001]);
    expect(await delays(0.5, 2)).toEqual([12_001, 24_001]);
    expect(await delays(1, 1)).toEqual([64_001]);
    wait = '100';
    expect(await delays(0.25, 2)).toEqual([100_001, 160_001]);
    // At five minutes it ends.
    wait = '';
    expect(await delays(1, 2)).toEqual([300_001, 300_001]);
    peer.script = () => undefined;
    await page.evaluate(() => void dispatchEvent(new Event('online')));
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    peer.script = () => ({ status: 503 });
    await page.evaluate(() => void selvedge('track', 'custom.a', {}));
    // After an answer it begins anew.
    await eventually(async () => expect((await planned()).at(-1)).toBe(1001));
  });

  test('a 4xx drops the batch and says so; the next one goes', async () => {
    const { peer } = stage;
    peer.script = (call) => (call.body.events?.[0]?.type === 'custom.bad' ? { status: 422 } : undefined);
    peer.pages.set('/', {
      html: stage.html(`<script>errors=[];selvedge('on','error',(e)=>errors.push([e.kind,e.status]))</script>`),
    });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await page.evaluate(() => selvedge('track', 'custom.bad', {}));
    await page.evaluate(() => selvedge('track', 'custom.good', {}));
    expect(peer.types()).toEqual(['page.viewed', 'custom.good']);
    expect(await page.evaluate(() => (window as unknown as { errors: unknown }).errors)).toEqual([['rejected', 422]]);
    expect(await kept(page)).toEqual({});
  });
});

describe('leaving', () => {
  test('what waits goes to collect when the page is left, at most 60 kB of it; the next page brings the rest', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(
        `<script>addEventListener('pagehide', () => { for (let n = 0; n < 12; n++) selvedge('track', 'custom.big', { n, text: 'ü'.repeat(4000) }) }, { once: true })</script>`,
      ),
    });
    peer.pages.set('/plain', { html: 'plain' });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await page.evaluate(() => location.assign('/plain'));
    await page.waitForURL('**/plain');
    await eventually(() => expect(peer.calls()).toHaveLength(2));
    const leaving = peer.calls()[1];
    expect(leaving?.path).toBe('/v1/collect?key=wk_main.test');
    expect(leaving?.headers['content-type']).toMatch(/^text\/plain/);
    expect(Number(leaving?.headers['content-length'])).toBeLessThan(60_000);
    expect(leaving?.body.events?.length).toBe(6);
    await page.goto(`${peer.origin}/`);
    await eventually(() => expect(peer.types().filter((type) => type === 'custom.big')).toHaveLength(12));
    await eventually(async () => expect(await kept(page)).toEqual({}));
  });

  test('hiding the tab sends what waits, once', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await page.evaluate(() => {
      void selvedge('track', 'custom.a', {});
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'custom.a']));
    await pause(200);
    expect(peer.calls().map((call) => call.path.split('?')[0])).toEqual(['/v1/interact', '/v1/collect']);
    await eventually(async () => expect(await kept(page)).toEqual({}));
  });
});
