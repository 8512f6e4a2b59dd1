import { describe, expect, it } from 'vitest';
import { recommend } from '../../../core/model/recommend/recommend.ts';
import type { Visitor } from '../../../core/model/recommend/visitor.ts';
import { makeItem, NOW, row, shop, strategy } from './shop-fixture.ts';

const NOBODY: Visitor = { recent: [] };
const ids = (of: ReturnType<typeof recommend>) => of.items.map(({ item }) => item.id);
const near = (...of: readonly (readonly [string, number])[]) => of.map(([item, score]) => ({ item, score }));

describe('a recommendation', () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => makeItem(id));
  const views = { a: 60, b: 50, c: 40, d: 30, e: 20, f: 10 };

  it('falls back from source to source until the list is full, and says which one found what', () => {
    const around = shop(items, { lists: { viewed: { a: near(['c', 0.9], ['b', 0.4]) } }, views });
    const plan = strategy({
      sources: [
        { use: 'viewedTogether', key: 'currentItem' },
        { use: 'popular', in: 'site' },
      ],
      size: 4,
    });
    const found = recommend(plan, around, NOBODY, { item: 'a' }, NOW, 'v1');
    expect(found.items.map(({ item, because, key, source }) => [item.id, because, key, source])).toEqual([
      ['c', 'viewedTogether', { of: 'item', as: 'currentItem', id: 'a' }, 0],
      ['b', 'viewedTogether', { of: 'item', as: 'currentItem', id: 'a' }, 0],
      ['d', 'popular', { of: 'site' }, 1],
      ['e', 'popular', { of: 'site' }, 1],
    ]);
    expect(found.short).toBeNull();
    expect(found.leftOut).toEqual({ current: 1, repeated: 2 });
  });

  it('shows what was viewed last, over all devices, without what was bought', () => {
    const plan = strategy({ sources: [{ use: 'recentlyViewed' }], size: 5 });
    const visitor = {
      recent: [
        row('viewed', 'a', 3),
        row('viewed', 'b', 1),
        row('viewed', 'a', 0.5),
        row('viewed', 'c', 2),
        row('bought', 'c', 1),
      ],
    };
    const found = recommend(plan, shop(items), visitor, {}, NOW, 'v1');
    expect(ids(found)).toEqual(['a', 'b']);
    expect(found).toMatchObject({ short: 'filtered', leftOut: { bought: 1 } });
  });

  it('ignores what has not happened yet', () => {
    const plan = strategy({ sources: [{ use: 'recentlyViewed' }], size: 5 });
    expect(ids(recommend(plan, shop(items), { recent: [row('viewed', 'a', -1)] }, {}, NOW, 'v1'))).toEqual([]);
  });

  it('says why there is nothing', () => {
    const beside = strategy({ sources: [{ use: 'similar', key: 'lastViewed' }], size: 3 });
    expect(recommend(beside, shop(items), NOBODY, {}, NOW, 'v').short).toBe('noKeys');
    expect(recommend(beside, shop(items), { recent: [row('viewed', 'a', 1)] }, {}, NOW, 'v').short).toBe(
      'noCandidates',
    );
    const narrow = strategy({ sources: [{ use: 'popular', in: 'site' }], diversity: { maxPerCategory: 2 }, size: 3 });
    expect(recommend(narrow, shop(items, { views }), NOBODY, {}, NOW, 'v').short).toBe('diversity');
  });

  it('orders equals by the visitor, the same every time', () => {
    const lists = { viewed: { a: near(['b', 0.5], ['c', 0.5], ['d', 0.5], ['e', 0.5], ['f', 0.5]) } };
    const around = shop(items, { lists });
    const plan = strategy({ sources: [{ use: 'viewedTogether', key: 'currentItem' }], size: 5 });
    const orders = Array.from({ length: 20 }, (_, i) =>
      ids(recommend(plan, around, NOBODY, { item: 'a' }, NOW, `v${i}`)).join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(5);
    expect(ids(recommend(plan, around, NOBODY, { item: 'a' }, NOW, 'v0')).join()).toBe(orders[0]);
  });

  it('adds what several keys give, the newer key counting for more', () => {
    const lists = { viewed: { a: near(['c', 0.5]), b: near(['d', 0.5], ['c', 0.2]) } };
    const plan = strategy({ sources: [{ use: 'viewedTogether', key: 'lastViewed', keys: 2 }], size: 5 });
    const visitor = { recent: [row('viewed', 'a', 1), row('viewed', 'b', 2)] };
    const found = recommend(plan, shop(items, { lists }), visitor, {}, NOW, 'v');
    expect(found.items.map(({ item, key }) => [item.id, key.of === 'item' && key.id])).toEqual([
      ['c', 'a'],
      ['d', 'b'],
    ]);
  });

  it('starts from the cart that the site names, else from what was put in and not taken out or bought', () => {
    const lists = { bought: { a: near(['d', 0.5]), b: near(['e', 0.5]), c: near(['f', 0.5]) } };
    const plan = strategy({ sources: [{ use: 'boughtTogether', key: 'cart' }], size: 5 });
    const visitor = {
      recent: [
        row('carted', 'a', 3),
        row('carted', 'b', 3),
        row('uncarted', 'b', 2),
        row('carted', 'c', 2),
        row('bought', 'c', 1),
      ],
    };
    const around = shop(items, { lists });
    expect(ids(recommend(plan, around, visitor, {}, NOW, 'v'))).toEqual(['d']);
    expect(ids(recommend(plan, around, visitor, { cart: ['b'] }, NOW, 'v'))).toEqual(['e']);
    expect(ids(recommend(plan, around, visitor, { cart: [] }, NOW, 'v'))).toEqual([]);
  });
});

describe('rules', () => {
  const sizes = { M: 'M', L: 'L' };
  const items = [
    makeItem('shirt-m', { groupId: 'shirt', attributes: { size: sizes.M }, category: ['men', 'shirts'], cents: 5000 }),
    makeItem('shirt-l', { groupId: 'shirt', attributes: { size: sizes.L }, category: ['men', 'shirts'], cents: 5000 }),
    makeItem('coat', { category: ['men', 'coats'], cents: 20000, brand: 'North' }),
    makeItem('cap', { category: ['men', 'caps'], cents: 2000, brand: 'North' }),
    makeItem('dress', { category: ['women'], cents: 9000, brand: 'Isla' }),
    makeItem('sold-out', { category: ['men', 'shirts'], availability: 'out_of_stock' }),
    makeItem('soon', { category: ['men', 'shirts'], availability: 'preorder', cents: 5500 }),
  ];
  const views = Object.fromEntries(items.map(({ id }, i) => [id, 100 - i]));
  const around = shop(items, {
    lists: { similar: { 'shirt-m': items.slice(2).map(({ id }, i) => ({ item: id, score: 0.9 - i / 10 })) } },
    views,
  });
  const popular = [{ use: 'popular', in: 'site' }] as const;
  const run = (rules: Parameters<typeof strategy>[0]['rules'], visitor: Visitor = NOBODY, page = {}) =>
    ids(recommend(strategy({ sources: [...popular], rules, size: 10 }), around, visitor, page, NOW, 'v'));

  it('show one variant of a product, and nothing that is out of stock', () => {
    expect(run({})).toEqual(['shirt-m', 'coat', 'cap', 'dress']);
    expect(run({ availability: ['in_stock', 'preorder'] })).toContain('soon');
    expect(run({ availability: ['preorder'] })).toEqual(['soon']);
  });

  it('leave out what was bought with all its variants, for good or for a time', () => {
    const visitor = { recent: [row('bought', 'shirt-l', 40)] };
    expect(run({}, visitor)).toEqual(['coat', 'cap', 'dress']);
    expect(run({ notBought: { withinDays: 30 } }, visitor)).toContain('shirt-m');
    expect(run({ notBought: false }, visitor)).toContain('shirt-m');
  });

  it('leave out what is in the cart, the current product and what was looked at', () => {
    expect(run({}, NOBODY, { cart: ['shirt-l', 'cap'] })).toEqual(['coat', 'dress']);
    expect(run({ notInCart: false }, NOBODY, { cart: ['cap'] })).toContain('cap');
    expect(run({}, NOBODY, { item: 'shirt-l' })).toEqual(['coat', 'cap', 'dress']);
    expect(
      run({ notViewed: { withinDays: 2 } }, { recent: [row('viewed', 'coat', 1), row('viewed', 'cap', 3)] }),
    ).toEqual(['shirt-m', 'cap', 'dress']);
  });

  it('keep to categories, brands, attributes, prices and exclusions', () => {
    expect(run({ categories: ['men'] })).toEqual(['shirt-m', 'coat', 'cap']);
    expect(run({ categories: ['men>coats', 'women'] })).toEqual(['coat', 'dress']);
    expect(run({ sameCategoryAs: 'current' }, NOBODY, { category: 'women' })).toEqual(['dress']);
    expect(run({ brands: ['North'] })).toEqual(['coat', 'cap']);
    expect(run({ attributes: [{ name: 'size', in: ['L'] }] })).toEqual(['shirt-l']);
    expect(run({ price: { min: 2000, max: 9000 } })).toEqual(['shirt-m', 'cap', 'dress']);
    expect(run({ exclude: ['coat'] })).toEqual(['shirt-m', 'cap', 'dress']);
  });

  it('compare with the item that it was found by', () => {
    const beside = (rules: Parameters<typeof strategy>[0]['rules']) => {
      const plan = strategy({ sources: [{ use: 'similar', key: 'currentItem' }], rules, size: 10 });
      return ids(recommend(plan, around, NOBODY, { item: 'shirt-m' }, NOW, 'v'));
    };
    expect(beside({})).toEqual(['coat', 'cap', 'dress']);
    expect(beside({ priceOfKeyPct: { max: 200 } })).toEqual(['cap', 'dress']);
    expect(beside({ sameCategoryAs: 'key', availability: ['preorder'] })).toEqual(['soon']);
    expect(beside({ attributes: [{ name: 'size', sameAsKey: true }] })).toEqual([]);
  });
});

describe('diversity and boosts', () => {
  const items = ['a', 'b', 'c', 'd'].map((id, i) =>
    makeItem(id, {
      category: i < 3 ? ['shoes'] : ['hats'],
      brand: i < 2 ? 'One' : 'Two',
      title: i < 3 ? 'running shoe' : 'sun hat',
      ...(id === 'c' ? { salePrice: { amount: 500, currency: 'EUR' } } : {}),
    }),
  );
  const around = shop(items, { views: { a: 100, b: 90, c: 80, d: 70 } });
  const run = (over: Partial<Parameters<typeof strategy>[0]>) =>
    ids(
      recommend(
        strategy({ sources: [{ use: 'popular', in: 'site' }], size: 3, ...over }),
        around,
        NOBODY,
        {},
        NOW,
        'v',
      ),
    );

  it('cap categories and brands', () => {
    expect(run({})).toEqual(['a', 'b', 'c']);
    expect(run({ diversity: { maxPerCategory: 2 } })).toEqual(['a', 'b', 'd']);
    expect(run({ diversity: { maxPerBrand: 1 } })).toEqual(['a', 'c']);
  });

  it('prefer what is unlike what was chosen, as far as relevance lets them', () => {
    expect(run({ diversity: { relevance: 0.5 } })[1]).toBe('d');
    expect(run({ diversity: { relevance: 1 } })).toEqual(['a', 'b', 'c']);
  });

  it('lift what a boost names', () => {
    expect(run({ boosts: [{ when: { onSale: true }, factor: 2 }] })).toEqual(['c', 'a', 'b']);
    expect(run({ boosts: [{ when: { categories: ['hats'] }, factor: 3 }] })[0]).toBe('d');
    expect(run({ boosts: [{ when: { brands: ['One'] }, factor: 0.1 }] })).toEqual(['c', 'd', 'a']);
  });
});

describe('a gift', () => {
  const items = [
    makeItem('dress', { category: ['women'] }),
    makeItem('skirt', { category: ['women'] }),
    makeItem('tempo', { category: ['men-running'] }),
    makeItem('long-run', { category: ['men-running'] }),
    makeItem('shorts', { category: ['men-running'] }),
  ];
  const around = shop(items, {
    lists: { viewed: { dress: near(['skirt', 0.5]), tempo: near(['shorts', 0.9]), 'long-run': near(['shorts', 0.9]) } },
    views: { dress: 5, skirt: 10, tempo: 100, 'long-run': 90, shorts: 80 },
  });
  /** Her own browsing, then three looks for a gift, then the gift. */
  const browsing = [
    row('viewed', 'dress', 5),
    row('viewed', 'tempo', 2),
    row('viewed', 'long-run', 2),
    row('viewed', 'tempo', 1),
  ];
  const favourites = strategy({ sources: [{ use: 'popular', in: 'favouriteCategory' }], size: 5 });
  const lastViewed = strategy({ sources: [{ use: 'viewedTogether', key: 'lastViewed' }], size: 5 });

  it('is what the list is about as long as it is looked for', () => {
    expect(ids(recommend(favourites, around, { recent: browsing }, {}, NOW, 'v'))).toEqual([
      'tempo',
      'long-run',
      'shorts',
    ]);
    expect(ids(recommend(lastViewed, around, { recent: browsing }, {}, NOW, 'v'))).toEqual(['shorts']);
  });

  it('does not bend the taste of who gave it, and is not offered again', () => {
    const recent = [...browsing, row('bought', 'tempo', 0.5, true)];
    expect(ids(recommend(favourites, around, { recent }, {}, NOW, 'v'))).toEqual(['skirt', 'dress']);
    expect(ids(recommend(lastViewed, around, { recent }, {}, NOW, 'v'))).toEqual(['skirt']);
    const bestOf = strategy({ sources: [{ use: 'popular', in: 'site' }], size: 5 });
    expect(ids(recommend(bestOf, around, { recent }, {}, NOW, 'v'))).not.toContain('tempo');
    const tray = strategy({ sources: [{ use: 'recentlyViewed' }], size: 5 });
    expect(ids(recommend(tray, around, { recent }, {}, NOW, 'v'))).toEqual(['long-run', 'dress']);
  });

  it('bends it when the same was bought for oneself', () => {
    const recent = [...browsing, row('bought', 'tempo', 0.5)];
    expect(ids(recommend(favourites, around, { recent }, {}, NOW, 'v'))).toEqual(['long-run', 'shorts']);
  });

  it('leaves alone what was looked at afterwards, or long before', () => {
    const recent = [row('viewed', 'shorts', 30), row('bought', 'tempo', 2, true), row('viewed', 'long-run', 1)];
    expect(ids(recommend(favourites, around, { recent }, {}, NOW, 'v'))).toEqual(['long-run', 'shorts']);
  });
});
