import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instant } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import { ALL_BASKETS, CoOccurrence } from '../../core/model/recommend/co-occurrence.ts';
import { compileStrategy } from '../../core/model/recommend/compile-strategy.ts';
import { productOf } from '../../core/model/recommend/filter.ts';
import { AVAILABILITIES, type Item } from '../../core/model/recommend/item.ts';
import { Popularity } from '../../core/model/recommend/popularity.ts';
import { recommend } from '../../core/model/recommend/recommend.ts';
import { parseStrategy } from '../../core/model/recommend/strategy.schema.ts';
import { ITEM_KEYS, SCOPE_KEYS } from '../../core/model/recommend/strategy.ts';
import { catalogueOf, daysAgo, makeItem, NOW, shop } from '../core/recommend/shop-fixture.ts';

const numRuns = process.env.SELVEDGE_NIGHTLY ? 5_000 : 150;

const ITEMS = Array.from({ length: 24 }, (_, i) => `i${i}`);
const anItem = fc.constantFrom(...ITEMS);
const baskets = fc.array(fc.array(anItem, { minLength: 1, maxLength: 8 }), { maxLength: 30 });

/** Counts pairs the slow way. */
function countPairs(of: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const basket of of) {
    const distinct = [...new Set(basket)];
    for (const a of distinct) {
      add(a);
      for (const b of distinct) if (a !== b) add(`${a} ${b}`);
    }
  }
  return counts;
}

function counted(of: CoOccurrence): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { item, baskets: held, beside } of of.rows()) {
    if (item === ALL_BASKETS) continue;
    counts.set(item, held);
    for (const { item: other, count, error } of beside) {
      expect(error).toBe(0);
      counts.set(`${item} ${other}`, count);
    }
  }
  return counts;
}

it('pairs are counted exactly while they fit, also in bits, loaded again, and merged', () => {
  fc.assert(
    fc.property(baskets, baskets, fc.integer({ min: 1, max: 4 }), (here, there, bit) => {
      const one = new CoOccurrence();
      for (const basket of here) {
        const distinct = [...new Set(basket)];
        for (let i = 0; i < distinct.length; i += bit) one.add(distinct.slice(i, i + bit), distinct.slice(0, i));
      }
      expect(new Map([...counted(one)].sort())).toEqual(new Map([...countPairs(here)].sort()));
      const other = new CoOccurrence();
      for (const basket of there) other.add(basket);
      const loaded = new CoOccurrence(undefined, one.rows());
      loaded.merge(other.rows());
      expect(new Map([...counted(loaded)].sort())).toEqual(new Map([...countPairs([...here, ...there])].sort()));
      expect(loaded.get(ALL_BASKETS)?.baskets ?? 0).toBe(here.length + there.length);
    }),
    { numRuns },
  );
});

it('beyond the counters each count is within its error, the error within the bound, and what is frequent is held', () => {
  fc.assert(
    fc.property(baskets, baskets, fc.integer({ min: 1, max: 6 }), (here, there, counters) => {
      const [one, other] = [new CoOccurrence({ counters }), new CoOccurrence({ counters })];
      for (const basket of here) one.add(basket);
      for (const basket of there) other.add(basket);
      const check = (of: CoOccurrence, all: readonly (readonly string[])[]) => {
        const truth = countPairs(all);
        for (const item of ITEMS) {
          const held = of.get(item)?.beside ?? [];
          expect(held.length).toBeLessThanOrEqual(counters);
          const pairs = ITEMS.reduce((sum, b) => sum + (truth.get(`${item} ${b}`) ?? 0), 0);
          for (const { item: b, count, error } of held) {
            const real = truth.get(`${item} ${b}`) ?? 0;
            expect(real).toBeLessThanOrEqual(count);
            expect(count - error).toBeLessThanOrEqual(real);
            expect(error).toBeLessThanOrEqual(pairs / counters);
          }
          for (const b of ITEMS)
            if ((truth.get(`${item} ${b}`) ?? 0) > pairs / counters) expect(held.map((c) => c.item)).toContain(b);
        }
      };
      check(one, here);
      one.merge(other.rows());
      check(one, [...here, ...there]);
    }),
    { numRuns },
  );
});

it('popularity is the same in whatever pieces and order it is counted', () => {
  const event = fc.record({
    item: anItem,
    counted: fc.constantFrom('viewed' as const, 'bought' as const),
    at: fc.integer({ min: NOW - 90 * DAY_MS, max: NOW + DAY_MS }).map((at) => at as Instant),
  });
  fc.assert(
    fc.property(fc.array(event), fc.array(event), (here, there) => {
      const fill = (events: typeof here) => {
        const of = new Popularity();
        for (const { item, counted: what, at } of events) of.add(item, what, at);
        return of;
      };
      const merged = fill(here);
      merged.merge(fill(there).rows());
      expect(merged.rows()).toEqual(fill([...there, ...here].reverse()).rows());
      expect(new Popularity(merged.rows()).rows()).toEqual(merged.rows());
    }),
    { numRuns },
  );
});

const shopItem = fc.record({
  category: fc.constantFrom([], ['a'], ['a', 'b'], ['a', 'c'], ['d']),
  brand: fc.constantFrom(null, 'One', 'Two'),
  groupId: fc.constantFrom(null, null, 'g1', 'g2'),
  availability: fc.constantFrom(...AVAILABILITIES, 'in_stock' as const, 'in_stock' as const),
  cents: fc.integer({ min: 0, max: 5_000 }),
});
const lists = fc.dictionary(
  anItem,
  fc.uniqueArray(
    fc.record({ item: fc.constantFrom(...ITEMS, 'gone'), score: fc.double({ min: 0.001, max: 1, noNaN: true }) }),
    {
      maxLength: 12,
      selector: ({ item }) => item,
    },
  ),
  { maxKeys: 10 },
);
const source = fc.oneof(
  fc.constant({ use: 'recentlyViewed' }),
  fc.record({
    use: fc.constantFrom('viewedTogether', 'boughtTogether', 'similar'),
    key: fc.constantFrom(...ITEM_KEYS),
    keys: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({
    use: fc.constant('popular'),
    by: fc.constantFrom('viewed', 'bought'),
    in: fc.constantFrom(...SCOPE_KEYS),
  }),
  fc.record({ use: fc.constant('trending'), in: fc.constantFrom(...SCOPE_KEYS) }),
);
const plan = fc.record({
  sources: fc.uniqueArray(source, { minLength: 1, maxLength: 5, selector: (of) => JSON.stringify(of) }),
  size: fc.integer({ min: 1, max: 12 }),
  rules: fc.record(
    {
      availability: fc.constantFrom(['in_stock'], ['in_stock', 'preorder', 'backorder']),
      notBought: fc.constantFrom<boolean | { withinDays: number }>(true, { withinDays: 10 }),
      notInCart: fc.boolean(),
      categories: fc.constantFrom(['a'], ['a > b', 'd']),
      price: fc.constant({ min: 500, max: 4_000 }),
      exclude: fc.constant(['i0', 'i1']),
    },
    { requiredKeys: [] },
  ),
  diversity: fc.option(
    fc.record({
      maxPerCategory: fc.integer({ min: 1, max: 4 }),
      relevance: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    {
      nil: undefined,
    },
  ),
});
const visitorRow = fc.record({
  item: fc.constantFrom(...ITEMS, 'gone'),
  kind: fc.constantFrom('viewed' as const, 'carted' as const, 'uncarted' as const, 'bought' as const),
  at: fc.integer({ min: -1, max: 40 }).map(daysAgo),
  gift: fc.boolean(),
});

it('a recommendation keeps every rule, repeats nothing, and is the same again', () => {
  fc.assert(
    fc.property(
      fc.array(shopItem, { minLength: ITEMS.length, maxLength: ITEMS.length }),
      lists,
      lists,
      fc.dictionary(anItem, fc.integer({ min: 1, max: 50 })),
      plan,
      fc.array(visitorRow, { maxLength: 25 }),
      fc.option(anItem, { nil: null }),
      fc.string(),
      (shopItems, viewed, similar, views, written, recent, current, seed) => {
        const items: readonly Item[] = ITEMS.map((id, i) => makeItem(id, shopItems[i] ?? {}));
        const around = shop(items, { lists: { viewed, bought: viewed, similar }, views });
        const parsed = parseStrategy({ id: 'p', ...written });
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
        const compiled = compileStrategy(parsed.value);
        if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
        const ask = () => recommend(compiled.value, around, { recent }, { item: current }, NOW, seed);
        const found = ask();
        expect(ask()).toEqual(found);

        const shown = found.items.map(({ item }) => item);
        expect(shown.length).toBeLessThanOrEqual(written.size);
        expect(found.short === null).toBe(shown.length === written.size);
        expect(new Set(shown.map(productOf)).size).toBe(shown.length);
        const days =
          typeof written.rules.notBought === 'object' ? written.rules.notBought.withinDays : Number.POSITIVE_INFINITY;
        const bought = recent.filter(({ kind, at }) => kind === 'bought' && at <= NOW && at >= NOW - days * DAY_MS);
        const catalogue = catalogueOf(items);
        const boughtProducts = new Set(bought.flatMap(({ item }) => catalogue.get(item) ?? []).map(productOf));
        for (const item of shown) {
          expect(item).toEqual(catalogue.get(item.id));
          expect(item.id).not.toBe(current);
          expect(item.availability).not.toBe('out_of_stock');
          expect(written.rules.availability ?? ['in_stock']).toContain(item.availability);
          expect(boughtProducts).not.toContain(productOf(item));
          expect(written.rules.exclude ?? []).not.toContain(item.id);
          if (written.rules.price) expect(item.price.amount >= 500 && item.price.amount <= 4_000).toBe(true);
          if (written.rules.categories)
            expect(
              written.rules.categories.some((key) => `${item.category.join(' > ')} > `.startsWith(`${key} > `)),
            ).toBe(true);
        }
        for (const { category } of shown) {
          const same = shown.filter((other) => other.category.join() === category.join());
          expect(same.length).toBeLessThanOrEqual(written.diversity?.maxPerCategory ?? 99);
        }
        const positions = found.items.map(({ source: at }) => at);
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      },
    ),
    { numRuns },
  );
});
