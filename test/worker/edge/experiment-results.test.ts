import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecideResponse, InteractResponse } from '../../../core/interaction/wire.ts';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';
import { unique } from '../../support/platform.ts';

/** What came of a test with content of its own, by hour and day, beside whom it and the space keep out: through the HTTP doors, at a clock that is driven. */
const START = Date.UTC(2030, 2, 4, 9, 17);
const HOUR = 3_600_000;
const HOURS = ['2030-03-04T09', '2030-03-04T10', '2030-03-05T09'];
/** A queue delivers when it likes. */
const PATIENCE = { timeout: 30_000, interval: 250 };
const PEOPLE = 60;
const SPENT = 20;
const VIEWED: [string, object] = ['product.viewed', { productId: 'p' }];

type Proposition = InteractResponse['propositions'][number];
interface Person {
  readonly value: string;
  readonly shown: Proposition;
}
interface Shown {
  readonly decisions?: number;
  readonly impressions?: number;
  readonly clicks?: number;
  readonly people: number;
}
interface Groups {
  readonly exposed: readonly (Shown & { readonly variant: string; readonly weight: number })[];
  readonly sampleRatio: unknown;
  readonly metrics: readonly {
    readonly id: string;
    readonly variants: readonly {
      readonly variant: string;
      readonly people: number;
      readonly conversions: number;
      readonly sum: number;
      readonly relative: object | null;
    }[];
  }[];
}
interface Results extends Groups {
  readonly version: number;
  readonly status: string;
  readonly holdout: Groups | null;
  readonly times?: readonly (Shown & {
    readonly at: string;
    readonly variant: string;
    readonly metrics: readonly { readonly id: string; readonly conversions: number; readonly sum: number }[];
  })[];
}
interface Row extends Shown {
  readonly at?: string;
  readonly placement: string;
  readonly offer: string;
  readonly conversions: number;
  readonly revenue: number;
}

let shop: DrivenShop;
let serverKey: string;
let people: readonly Person[];

beforeAll(async () => {
  shop = await startDriven(START);
  await shop.operator('PUT', 'sources/web', {
    name: 'Web',
    writeKeys: ['wk_main.webkey1234'],
    allowedOrigins: ['http://shop.test'],
    defaultConsent: { analytics: 'in', personalization: 'in' },
  });
  await shop.operator('PUT', 'placements/hero', { name: 'Hero', kind: 'html', fallback: '<i>hero</i>' });
  await shop.operator('PUT', 'placements/side', { name: 'Side', kind: 'html', fallback: '<i>side</i>' });
  const everywhere = { name: 'Side', placements: ['side'], purpose: 'necessary', content: '<p>side</p>' };
  await shop.operator('PUT', 'offers/side-1', everywhere);
  await shop.operator('PUT', 'settings/holdout', { share: 0.25 });
  await shop.operator('PUT', 'experiments/own-words', {
    name: 'Own words',
    status: 'running',
    on: { kind: 'placement', id: 'hero' },
    purpose: 'necessary',
    holdout: 0.25,
    variants: [
      { id: 'a', weight: 0.5, value: { use: 'content', content: '<b>a</b>' } },
      { id: 'b', weight: 0.5, value: { use: 'content', content: '<b>b</b>' } },
    ],
    metrics: [
      { id: 'bought', kind: 'conversion', event: 'order.placed' },
      { id: 'money', kind: 'revenue', event: 'order.placed' },
    ],
    primaryMetric: 'bought',
  });
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
  people = await live();
  // Each chunk has an event: where all are counted, all is.
  const again = people.filter((_, i) => i < 20).length;
  const all = {
    'experiment.exposed': people.filter(({ shown }, i) => shown.variant && wasShown(i)).length,
    'order.placed': PEOPLE + people.filter((_, i) => bought(i)).length,
    'product.viewed': PEOPLE,
    'proposition.clicked': PEOPLE / 2,
    'proposition.displayed': PEOPLE / 2 + again,
  };
  await vi.waitFor(async () => expect(await counted()).toEqual(all), PATIENCE);
}, 120_000);
afterAll(() => shop.stop());

async function counted(): Promise<Record<string, number>> {
  const path = 'reports/events';
  const { items } = await shop.operator<{ readonly items: { type: string; count: number }[] }>('GET', path);
  return Object.fromEntries(items.map(({ type, count }) => [type, count]));
}

async function tell(
  value: string,
  types: readonly [type: string, data?: object][],
  placements: readonly string[] = [],
) {
  const identities = [{ namespace: 'customer', value }];
  const events = types.map(([type, data]) => shop.event(type, data, { identities }));
  const headers = { authorization: `Bearer ${serverKey}` };
  const answer = await shop.send('/v1/interact', { headers, body: { events, placements } });
  expect(answer.body).toMatchObject({ accepted: events.length, refused: [] });
  return answer.body as unknown as DecideResponse;
}

const order = (): [string, object] => [
  'order.placed',
  { orderId: unique('o'), total: SPENT, currency: 'EUR', items: [{ productId: 'p', quantity: 1 }] },
];

/** Everybody is decided for in the first hour, and every one in two sees it and clicks; who buys, buys in the second hour; and some come again a day later. */
async function live(): Promise<readonly Person[]> {
  const all: Person[] = [];
  for (let i = 0; i < PEOPLE; i++) {
    const value = unique('c');
    // What is bought in the same request was bought before anything was decided.
    const { propositions } = await tell(value, [VIEWED, order()], ['hero']);
    all.push({ value, shown: propositions[0] as Proposition });
  }
  await shop.advance(shop.now() + 60_000);
  for (const [i, { value, shown }] of all.entries()) if (i % 2 === 0) await tell(value, [seen(shown), clicked(shown)]);
  await shop.advance(START + HOUR);
  for (const [i, { value }] of all.entries()) if (bought(i)) await tell(value, [order()]);
  await shop.advance(START + 24 * HOUR);
  for (const { value, shown } of all.slice(0, 20)) await tell(value, [seen(shown)], ['hero', 'side']);
  await shop.advance(shop.now() + 5 * 60_000);
  return all;
}

function told({ id, placement, offer, experiment, variant }: Proposition): object {
  return { proposition: id, placement, ...(offer && { offer }), ...(experiment && { experiment, variant }) };
}
const seen = (shown: Proposition): [string, object] => ['proposition.displayed', told(shown)];
const clicked = (shown: Proposition): [string, object] => ['proposition.clicked', told(shown)];

const results = (id: string, query = '') => shop.operator<Results>('GET', `experiments/${id}/results${query}`);
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
/** Of somebody's place in the line: whether they were shown it, bought after it, and came again. */
const wasShown = (i: number) => i % 2 === 0 || i < 20;
const bought = (i: number) => i % 6 < 4;
const placesOf = (variant: string) => people.flatMap(({ shown }, i) => (shown.variant === variant ? [i] : []));

describe('an experiment whose variants have content of their own', () => {
  it('tells decisions, impressions, clicks, people, conversions and money of each', async () => {
    expect(placesOf('a').length * placesOf('b').length).toBeGreaterThan(0);
    expect(people.every(({ shown: { offer } }) => offer === null)).toBe(true);
    for (const variant of ['a', 'b']) {
      const places = placesOf(variant);
      const again = places.filter((i) => i < 20).length;
      const first = places.filter((i) => i % 2 === 0);
      const line = async () => (await results('own-words')).exposed.find((each) => each.variant === variant);
      await expect.poll(line, PATIENCE).toEqual({
        variant,
        weight: 0.5,
        people: places.filter(wasShown).length,
        decisions: places.length + again,
        impressions: first.length + again,
        clicks: first.length,
      });
      const buyers = first.filter(bought).length;
      const { metrics } = await results('own-words');
      const of = metrics.map(({ variants }) => variants.find((each) => each.variant === variant));
      expect(of).toMatchObject([
        { conversions: buyers, sum: buyers },
        { conversions: buyers, sum: buyers * SPENT },
      ]);
    }
  }, 60_000);

  it('tells them by hour and by day', async () => {
    const hourly = await results('own-words', '?per=hour');
    const daily = await results('own-words', '?per=day');
    const days = [...new Set(HOURS.map((hour) => hour.slice(0, 10)))];
    expect([...new Set(hourly.times?.map(({ at }) => at))]).toEqual(HOURS);
    expect([...new Set(daily.times?.map(({ at }) => at))]).toEqual(days);
    for (const variant of ['a', 'b']) {
      const places = placesOf(variant);
      const first = places.filter((i) => i % 2 === 0);
      const again = places.filter((i) => i < 20);
      const buyers = first.filter(bought).length;
      // Who is in which variant is chance; where nothing happened there is no row.
      const happened = (row: Shown, i: number) => (row.decisions ?? 0) > 0 || (i === 1 && buyers > 0);
      const rows = hourly.times?.filter((row) => row.variant === variant).map(({ metrics, ...row }) => row);
      expect(rows).toEqual(
        [
          { decisions: places.length, impressions: first.length, clicks: first.length, people: first.length },
          { decisions: 0, impressions: 0, clicks: 0, people: 0 },
          {
            decisions: again.length,
            impressions: again.length,
            clicks: 0,
            people: again.filter((i) => i % 2 === 1).length,
          },
        ].flatMap((row, i) => (happened(row, i) ? [{ at: HOURS[i], variant, ...row }] : [])),
      );
      const second = hourly.times?.find((row) => row.variant === variant && row.at === HOURS[1]);
      const ofBuyers = [
        { id: 'bought', conversions: buyers, sum: buyers },
        { id: 'money', conversions: buyers, sum: buyers * SPENT },
      ];
      expect(second?.metrics ?? []).toEqual(buyers > 0 ? ofBuyers : []);
      const [day] = daily.times?.filter((row) => row.variant === variant) ?? [];
      expect(day).toMatchObject({ at: days[0], decisions: places.length, clicks: first.length });
    }
    const later = await results('own-words', `?per=hour&from=${HOURS[1]}&to=${HOURS[1]}`);
    expect(new Set(later.times?.map(({ at }) => at))).toEqual(new Set([HOURS[1]]));
    expect((await results('own-words')).times).toBeUndefined();
  });
});

describe('who is kept out', () => {
  /** Of the people of a side, all told. */
  const side = ({ exposed, metrics }: Groups, variant: string) => ({
    people: exposed.find((each) => each.variant === variant)?.people ?? 0,
    bought: metrics[0]?.variants.find((each) => each.variant === variant)?.conversions ?? 0,
    money: metrics[1]?.variants.find((each) => each.variant === variant)?.sum ?? 0,
  });

  it('of an experiment is compared with everybody who took part, from the first decision on', async () => {
    const { holdout, exposed, metrics } = await results('own-words');
    if (!holdout) throw new Error('no holdout');
    const space = await results('~holdout');
    expect([space.status, space.version, space.holdout]).toEqual(['running', 1, null]);
    const [own, whole] = [side(holdout, '~held'), side(space, '~held')];
    const treated = people.flatMap(({ shown }, i) => (shown.variant ? [i] : []));
    const out = people.flatMap(({ shown }, i) => (shown.variant === undefined ? [i] : []));
    expect(own.people).toBeGreaterThan(0);
    expect(whole.people).toBeGreaterThan(0);
    expect(own.people + whole.people).toBe(out.length);
    expect(own.bought + whole.bought).toBe(out.filter(bought).length);
    expect(own.money).toBe(own.bought * SPENT);
    // Seen or not: both sides count alike.
    const buyers = treated.filter(bought).length;
    expect(side(holdout, '~open')).toEqual({ people: treated.length, bought: buyers, money: buyers * SPENT });
    const inAll = people.filter((_, i) => bought(i)).length - whole.bought;
    expect(side(space, '~open')).toEqual({ people: PEOPLE - whole.people, bought: inAll, money: inAll * SPENT });
    expect(space.metrics.map(({ id }) => id)).toEqual(['orders', 'revenue']);
    for (const { metrics: compared } of [holdout, space]) {
      const [held, open] = compared[0]?.variants ?? [];
      expect([held?.variant, held?.relative, open?.variant]).toEqual(['~held', null, '~open']);
      expect(open).toMatchObject({ absolute: { value: expect.any(Number) }, verdict: 'tooEarly' });
    }
    // No part of what the variants are checked and compared by.
    expect(exposed.map(({ variant }) => variant)).toEqual(['a', 'b']);
    expect(metrics[0]?.variants.map(({ variant }) => variant)).toEqual(['a', 'b']);
    expect(holdout.exposed.map(({ variant, weight }) => [variant, weight])).toEqual([
      ['~held', 0.25],
      ['~open', 0.75],
    ]);
  });

  it('is told by hour and day, too', async () => {
    const { times } = await results('~holdout', '?per=hour');
    const [held] = times?.filter(({ variant }) => variant === '~held') ?? [];
    const totals = side(await results('~holdout'), '~held');
    expect(held).toMatchObject({ at: HOURS[0], people: totals.people });
    expect(held).not.toHaveProperty('decisions');
    const spent = (times ?? []).flatMap(({ variant, metrics }) =>
      variant === '~held' ? metrics.flatMap(({ id, sum }) => (id === 'revenue' ? [sum] : [])) : [],
    );
    expect(sumOf(spent)).toBe(totals.money);
    const own = await results('own-words', '?per=day');
    expect(new Set(own.times?.map(({ variant }) => variant))).toEqual(new Set(['a', 'b', '~held', '~open']));
    await expect(results('nothing')).rejects.toThrow('404');
  });
});

describe('the report of decisions', () => {
  const report = async (query = '') =>
    (await shop.operator<{ readonly items: readonly Row[] }>('GET', `reports/decisions${query}`)).items;

  it('tells them by hour and by day, as it tells them together', async () => {
    const hero = (items: readonly Row[]) => items.filter(({ placement }) => placement === 'hero');
    const together = hero(await report());
    expect(together).toHaveLength(1);
    expect(together[0]).toMatchObject({ offer: '', decisions: PEOPLE + 20, impressions: PEOPLE / 2 + 20, clicks: 30 });
    expect(together[0]).not.toHaveProperty('at');
    const hourly = hero(await report('?per=hour'));
    expect(hourly).toMatchObject([
      { at: HOURS[0], decisions: PEOPLE, impressions: PEOPLE / 2, clicks: PEOPLE / 2 },
      { at: HOURS[2], decisions: 20, impressions: 20, clicks: 0 },
    ]);
    const daily = await report('?per=day');
    expect(daily.map(({ at, placement, decisions }) => [at, placement, decisions])).toEqual([
      ['2030-03-04', 'hero', PEOPLE],
      ['2030-03-05', 'hero', 20],
      ['2030-03-05', 'side', 20],
    ]);
    await expect(report('?per=week')).rejects.toThrow('400');
  });

  it('tells what an offer brought in an hour in which nothing was decided', async () => {
    const value = unique('c');
    const { propositions } = await tell(value, [VIEWED], ['side']);
    const shown = propositions[0] as Proposition;
    await tell(value, [seen(shown), clicked(shown)]);
    await shop.advance(shop.now() + 2 * HOUR);
    await tell(value, [order()]);
    await shop.advance(shop.now() + 5 * 60_000);
    const hour = '2030-03-05T11';
    const due = { placement: 'side', offer: 'side-1', decisions: 0, impressions: 0, clicks: 0, conversions: 1 };
    await expect.poll(() => report(`?per=hour&from=${hour}`), PATIENCE).toEqual([{ at: hour, ...due, revenue: SPENT }]);
    expect(await report(`?from=${hour}`)).toEqual([{ ...due, revenue: SPENT }]);
  });
});
