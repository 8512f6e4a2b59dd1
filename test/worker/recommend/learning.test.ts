import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';
import { configureLists, done, idsOf, item, listOf, upload } from './item-shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0, mintsPerMinute: 10_000 });
  await configureLists(shop);
  await upload(
    shop,
    ['s1', 's2', 's3', 's4', 'x1'].map((id) => item(id, { category: [id], brand: id, attributes: {}, title: id })),
  );
});
afterAll(() => shop.stop());

const liveSequence = async () =>
  (await done<{ items: { sequence: number }[] }>(shop, 'GET', 'sequences')).items[0]?.sequence ?? 0;

const banditParts = async () =>
  (await done<{ items: { data: string | null }[] }>(shop, 'GET', 'sequences')).items.filter(
    ({ data }) => data === 'bandit',
  ).length;

/** Everything that visitors did has reached the queue and come out of it. */
async function drained(): Promise<void> {
  const namespace = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  for (const id of await shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const stub = namespace.get(namespace.idFromString(id)) as unknown as { drainNow(space: string): Promise<number> };
    await stub.drainNow('main');
  }
  const d1 = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
  let before = -1;
  for (let i = 0; i < 100; i++) {
    const row = await d1.prepare('SELECT sum(count) AS n FROM rollup_event').first<{ n: number }>();
    if (row && row.n === before && i > 6) return;
    before = row?.n ?? -1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const runJobs = async () => {
  const worker = await shop.platform.miniflare.getWorker('selvedge');
  await worker.scheduled({ cron: '17 * * * *', scheduledTime: new Date() });
};

describe('what belongs together', () => {
  it('is counted from visits, packed by the job and live under a new sequence', async () => {
    const before = await liveSequence();
    for (let i = 0; i < 4; i++) {
      const visitor = shop.visitor();
      await visitor.interact({ events: [viewed('s1'), viewed('s2')] });
      await visitor.interact({ events: [viewed('s3')] });
    }
    const customer = [{ namespace: 'customer', value: unique('c') }];
    for (const gift of [true, false]) {
      const lines = [
        { productId: 's4', quantity: 1 },
        { productId: gift ? 'x1' : 's3', quantity: 1 },
      ];
      const data = { orderId: unique('o'), total: 10, currency: 'EUR', items: lines, ...(gift && { gift }) };
      await shop.server({ events: [event('order.placed', data, { identities: customer })] });
    }
    await drained();
    await runJobs();
    const { neighbours, popularity } = await done<{ neighbours: Record<string, number>; popularity: number }>(
      shop,
      'GET',
      'catalogue',
    );
    expect([neighbours.viewed, popularity]).toEqual([1, 1]);
    expect(await liveSequence()).toBe(before + 1);
    const visitor = shop.visitor();
    const answer = await visitor.interact({ events: [viewed('s1')], placements: ['list-together', 'list-popular'] });
    // Equals stand in another order for each visitor.
    expect(idsOf(listOf(answer, 'list-together'))?.toSorted()).toEqual(['s2', 's3']);
    expect(listOf(answer, 'list-together')?.[0]).toMatchObject({ because: 'viewedTogether', becauseOf: 's1' });
    expect(idsOf(listOf(answer, 'list-popular'))?.toSorted()).toEqual(['s2', 's3']);
  });

  it('is shown to strangers as far as it is about nobody', async () => {
    const answer = await shop.visitor().interact({ placements: ['list-popular', 'list-recent'] });
    expect(answer.body.visitor.isNew).toBe(false);
    expect(idsOf(listOf(answer, 'list-popular'))?.toSorted()).toEqual(['s1', 's2', 's3']);
    expect(listOf(answer, 'list-recent')).toBeNull();
  });

  it('is left as it is while nothing happens, and a message that comes again is not counted again', async () => {
    const before = await liveSequence();
    await runJobs();
    expect(await liveSequence()).toBe(before);
    const namespace = await shop.platform.miniflare.getDurableObjectNamespace('CATALOGUE', 'selvedge');
    const stub = namespace.get(namespace.idFromName('main')) as unknown as {
      count(visits: readonly object[]): Promise<number>;
    };
    const visit = {
      id: unique('prf'),
      minute: Math.floor(Date.now() / 60_000),
      visitor: unique('prf'),
      acts: [{ act: 'viewed', at: Date.now(), items: ['s1', 's2'], isGift: false }],
    };
    expect([await stub.count([visit, visit]), await stub.count([visit])]).toEqual([1, 0]);
  });

  it('never takes a profile back to older rules', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('s1')] });
    await upload(shop, [item('s1'), item('s2')]);
    const sequence = await liveSequence();
    await visitor.interact({ events: [viewed('s2')], placements: ['list-recent'] });
    const decided = await shop.decide({ visitor: visitor.token, placements: ['list-recent'] });
    expect(idsOf(listOf(decided, 'list-recent'))).toEqual(['s2', 's1']);
    expect(await liveSequence()).toBe(sequence);
  });
});

describe('a bandit', () => {
  it('gives more to what is clicked more, once the job has learned of it', async () => {
    const put = (path: string, body: object) => done(shop, 'PUT', path, body);
    await put('rankers/learner', { name: 'Learner', method: 'bandit', goal: 'click', exploration: 0.1 });
    await put('placements/learned', { name: 'Learned', kind: 'html', fallback: '', ranker: 'learner' });
    for (const id of ['arm-good', 'arm-poor'])
      await put(`offers/${id}`, { name: id, placements: ['learned'], content: `<b>${id}</b>` });
    await done(shop, 'POST', 'publish', {});
    const visits = async (count: number, clicksOn: string): Promise<Record<string, number>> => {
      const shown: Record<string, number> = {};
      for (let i = 0; i < count; i++) {
        const visitor = shop.visitor();
        const answer = await visitor.interact({
          events: [event('page.viewed', { url: 'http://shop.test/' })],
          placements: ['learned'],
        });
        const [proposition] = answer.body.propositions;
        const offer = proposition?.offer ?? '';
        shown[offer] = (shown[offer] ?? 0) + 1;
        const data = { proposition: proposition?.id, placement: 'learned', offer };
        const events = [event('proposition.displayed', data)];
        if (offer === clicksOn) events.push(event('proposition.clicked', data));
        // Twice: a trial and its reward are counted once.
        await visitor.interact({ events });
        await visitor.interact({ events: [event('proposition.displayed', data)] });
      }
      return shown;
    };
    const first = await visits(25, 'arm-good');
    expect(Object.keys(first).sort()).toEqual(['arm-good', 'arm-poor']);
    await drained();
    const d1 = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
    const rows = await d1
      .prepare(
        "SELECT name, sum(a) AS a, sum(b) AS b FROM rollup_result WHERE name LIKE 'bandit%' GROUP BY name ORDER BY name",
      )
      .all<{ name: string; a: number; b: number }>();
    expect(rows.results).toEqual([
      { name: 'bandit\nlearner\n\narm-good', a: first['arm-good'], b: first['arm-good'] },
      { name: 'bandit\nlearner\n\narm-poor', a: first['arm-poor'], b: 0 },
    ]);
    await runJobs();
    expect(await banditParts()).toBe(1);
    const second = await visits(25, 'nothing');
    // A tenth goes to both alike, the rest nearly all to the one that was clicked: one in twenty is expected to be poor.
    expect(second['arm-poor'] ?? 0).toBeLessThan(9);
    await runJobs();
    expect(await banditParts()).toBe(1);
  });
});
