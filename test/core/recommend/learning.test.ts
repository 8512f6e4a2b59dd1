import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import { ASSOCIATIONS, rankNeighbours } from '../../../core/model/recommend/association.ts';
import { ALL_BASKETS, CoOccurrence } from '../../../core/model/recommend/co-occurrence.ts';
import { openPopular } from '../../../core/model/recommend/popular.ts';
import { POPULAR_SETTING, packPopular, type Scope } from '../../../core/model/recommend/popular-part.ts';
import { POPULARITY_BUCKET_MS, Popularity } from '../../../core/model/recommend/popularity.ts';
import { SimilarItems } from '../../../core/model/recommend/similar.ts';
import { catalogueOf, daysAgo, makeItem, NOW } from './shop-fixture.ts';

const beside = (of: CoOccurrence, item: string) =>
  Object.fromEntries((of.get(item)?.beside ?? []).map(({ item: other, count }) => [other, count]));

describe('co-occurrence', () => {
  it('counts each pair of a basket once, however the basket arrives', () => {
    const whole = new CoOccurrence();
    whole.add(['a', 'b', 'c', 'a']);
    const bit = new CoOccurrence();
    bit.add(['a']);
    bit.add(['b', 'a'], ['a']);
    bit.add(['c'], ['a', 'b']);
    for (const of of [whole, bit]) {
      expect(beside(of, 'a')).toEqual({ b: 1, c: 1 });
      expect(beside(of, 'c')).toEqual({ a: 1, b: 1 });
      expect(of.get('a')?.baskets).toBe(1);
      expect(of.get(ALL_BASKETS)?.baskets).toBe(1);
      expect(of.size).toBe(3);
    }
  });

  it('takes the last items of an endless basket', () => {
    const of = new CoOccurrence();
    of.add(Array.from({ length: 500 }, (_, i) => `i${i}`));
    expect(of.size).toBe(limit('basketItems'));
    expect(of.get('i0')).toBeNull();
    expect(of.get('i499')?.beside).toHaveLength(limit('basketItems') - 1);
  });

  it('tells what has changed since it was loaded or last asked', () => {
    const of = new CoOccurrence({ counters: 8 }, [
      { item: 'a', baskets: 3, beside: [{ item: 'b', count: 2, error: 0 }] },
    ]);
    expect(of.takeChanged()).toEqual([]);
    of.add(['c', 'b']);
    expect(of.takeChanged().map(({ item }) => item)).toEqual([ALL_BASKETS, 'b', 'c']);
    expect(of.takeChanged()).toEqual([]);
    of.keep((item) => item !== 'b');
    expect(of.takeChanged().map(({ item, baskets }) => [item, baskets])).toEqual([
      ['a', 3],
      ['b', 0],
      ['c', 1],
    ]);
    expect(beside(of, 'a')).toEqual({});
    expect(of.get(ALL_BASKETS)?.baskets).toBe(1);
  });

  it('halves all counts and forgets what has faded', () => {
    const of = new CoOccurrence();
    for (let i = 0; i < 5; i++) of.add(['a', 'b']);
    of.add(['a', 'c']);
    of.halve();
    expect(beside(of, 'a')).toEqual({ b: 2 });
    expect(of.get('a')?.baskets).toBe(3);
    expect(of.get('c')).toBeNull();
  });

  it('keeps within its counters and knows its error', () => {
    const of = new CoOccurrence({ counters: 3 });
    for (let i = 0; i < 20; i++) of.add(['a', 'steady']);
    for (let i = 0; i < 9; i++) of.add(['a', `once-${i}`]);
    const held = of.get('a')?.beside ?? [];
    expect(held).toHaveLength(3);
    expect(held.find(({ item }) => item === 'steady')).toEqual({ item: 'steady', count: 20, error: 0 });
    for (const { item, count, error } of held) if (item !== 'steady') expect(count - error).toBe(1);
  });
});

describe('association', () => {
  const counts = { both: 10, a: 30, b: 40, all: 1000 };

  it('is the measure that its name says', () => {
    expect(ASSOCIATIONS.cosine(counts)).toBeCloseTo(10 / Math.sqrt(1200), 12);
    expect(ASSOCIATIONS.lift(counts)).toBeCloseTo(1 - 1 / ((10 * 1000) / (30 * 40)), 12);
    // G² = 2 Σ O ln(O/E) over the four cells, the expected ones worked out by hand.
    const table = [10, 20, 30, 940];
    const expected = [1.2, 28.8, 38.8, 931.2];
    const full = 2 * table.reduce((sum, seen, i) => sum + seen * Math.log(seen / (expected[i] ?? 1)), 0);
    expect(ASSOCIATIONS.logLikelihood(counts)).toBeCloseTo(full / (full + 10.83), 12);
  });

  it('is nothing where chance would do as much', () => {
    const chance = { both: 12, a: 300, b: 40, all: 1000 };
    expect(ASSOCIATIONS.lift(chance)).toBe(0);
    expect(ASSOCIATIONS.logLikelihood(chance)).toBe(0);
  });

  it('ranks by what was seen for certain', () => {
    const summary = {
      item: 'a',
      baskets: 10,
      beside: [
        { item: 'sure', count: 5, error: 0 },
        { item: 'unsure', count: 9, error: 8 },
        { item: 'huge', count: 5, error: 0 },
      ],
    };
    const baskets = (item: string) => ({ sure: 10, unsure: 10, huge: 1000, '': 2000 })[item] ?? 0;
    expect(rankNeighbours(summary, baskets)).toEqual([
      { item: 'sure', score: 0.5 },
      { item: 'huge', score: 0.05 },
    ]);
  });
});

describe('popularity', () => {
  it('halves once a half-life and counts nothing that lies ahead', () => {
    const of = new Popularity();
    const at = (NOW - (NOW % POPULARITY_BUCKET_MS)) as Instant;
    of.add('a', 'viewed', at, 8);
    const score = (days: number) => of.score('a', 'viewed', (at + days * DAY_MS) as Instant, 7 * DAY_MS);
    expect(score(0)).toBe(8);
    expect(score(7)).toBe(4);
    expect(score(21)).toBe(1);
    expect(score(-1)).toBe(0);
    expect(of.score('a', 'bought', at, DAY_MS)).toBe(0);
  });

  it('forgets old buckets', () => {
    const of = new Popularity();
    of.add('a', 'viewed', daysAgo(100));
    of.add('b', 'viewed', daysAgo(1));
    of.prune(daysAgo(90));
    expect([...of.items()]).toEqual(['b']);
  });

  it('lists by site, category and brand what can be had', () => {
    const catalogue = catalogueOf([
      makeItem('a', { category: ['men', 'shirts'], brand: 'North' }),
      makeItem('b', { category: ['men'] }),
      makeItem('c', { category: ['men'], availability: 'out_of_stock' }),
    ]);
    const of = new Popularity();
    of.add('a', 'viewed', daysAgo(1), 10);
    of.add('b', 'viewed', daysAgo(1), 20);
    of.add('c', 'viewed', daysAgo(1), 30);
    of.add('gone', 'viewed', daysAgo(1), 40);
    of.add('a', 'bought', daysAgo(2), 1);
    const opened = openPopular(packPopular(of, catalogue, NOW));
    if (!opened.ok) throw new Error(opened.error);
    const list = (name: 'viewed' | 'bought', scope: Scope) => opened.value.list(name, scope);
    expect(list('viewed', { of: 'site' })).toEqual([
      { item: 'b', score: 1 },
      { item: 'a', score: expect.closeTo(0.5, 3) },
    ]);
    expect(list('viewed', { of: 'category', key: 'men' }).map(({ item }) => item)).toEqual(['b', 'a']);
    expect(list('viewed', { of: 'category', key: 'men > shirts' }).map(({ item }) => item)).toEqual(['a']);
    expect(list('bought', { of: 'brand', key: 'North' }).map(({ item }) => item)).toEqual(['a']);
    expect(list('bought', { of: 'brand', key: 'None' })).toEqual([]);
  });

  it('calls a trend what is above its own habit, not what is large', () => {
    const catalogue = catalogueOf(['steady', 'rising', 'tiny'].map((id) => makeItem(id)));
    const of = new Popularity();
    for (let day = 0; day < 140; day++) of.add('steady', 'viewed', daysAgo(day), 200);
    for (let day = 0; day < 140; day++) of.add('rising', 'viewed', daysAgo(day), day < 2 ? 40 : 2);
    of.add('tiny', 'viewed', daysAgo(0.5), 3);
    const opened = openPopular(packPopular(of, catalogue, NOW, { ...POPULAR_SETTING }));
    if (!opened.ok) throw new Error(opened.error);
    expect(opened.value.list('viewed', { of: 'site' })[0]?.item).toBe('steady');
    expect(opened.value.list('trending', { of: 'site' })[0]?.item).toBe('rising');
    expect(opened.value.list('trending', { of: 'site' }).map(({ item }) => item)).not.toContain('tiny');
  });
});

describe('content similarity', () => {
  it('finds what shares rare traits, and no variants of the same product', () => {
    const of = new SimilarItems();
    const wool = { fabric: 'wool' };
    for (const item of [
      makeItem('a', {
        category: ['men', 'sweaters'],
        title: 'Alder sweater',
        attributes: wool,
        groupId: 'alder',
        cents: 9500,
      }),
      makeItem('a2', {
        category: ['men', 'sweaters'],
        title: 'Alder sweater',
        attributes: wool,
        groupId: 'alder',
        cents: 9500,
      }),
      makeItem('b', { category: ['men', 'sweaters'], title: 'Long sweater', attributes: wool, cents: 9200 }),
      makeItem('c', {
        category: ['men', 'shirts'],
        title: 'Oxford shirt',
        attributes: { fabric: 'cotton' },
        cents: 6900,
      }),
      makeItem('d', { category: ['women'], title: 'Dress', attributes: { fabric: 'viscose' }, cents: 30000 }),
    ])
      of.add(item);
    const lists = new Map([...of.lists()].map(([id, list]) => [id, list]));
    expect(lists.get('a')?.map(({ item }) => item)).toEqual(['b', 'c']);
    expect(lists.get('d')).toEqual([]);
    expect(lists.get('a')?.[0]?.score).toBeGreaterThan(2 * (lists.get('a')?.[1]?.score ?? 1));
  });
});
