import { describe, expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { openCatalogue } from '../../../core/model/recommend/catalogue.ts';
import { packCatalogue } from '../../../core/model/recommend/catalogue-part.ts';
import { openNeighbours } from '../../../core/model/recommend/neighbours.ts';
import { packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { openPopular } from '../../../core/model/recommend/popular.ts';
import { catalogueOf, makeItem } from './shop-fixture.ts';

const many = Array.from({ length: 12_000 }, (_, i) =>
  makeItem(`sku-${i}`, {
    title: `A title that is about as long as titles are, number ${i}`,
    category: ['shop', `group ${i % 40}`, `kind ${i % 400}`],
    brand: `Brand ${i % 97}`,
    attributes: { colour: `c${i % 12}`, size: `s${i % 7}`, note: `only of ${i}` },
    ...(i % 3 === 0 ? { groupId: `g${i % 1000}` } : {}),
    ...(i % 5 === 0 ? { salePrice: { amount: 500 + (i % 100), currency: 'EUR' } } : {}),
    cents: 1000 + i,
  }),
);

describe('catalogue parts', () => {
  const parts = packCatalogue(many);

  it('stay under a megabyte each and hold every item, word for word', () => {
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(limit('catalogueShardBytes'));
    const opened = openCatalogue(JSON.parse(JSON.stringify(parts)));
    if (!opened.ok) throw new Error(opened.error);
    expect(opened.value.size).toBe(many.length);
    for (const item of many) expect(opened.value.get(item.id)).toEqual(item);
    expect(opened.value.get('sku-')).toBeNull();
    expect([...opened.value.items()]).toHaveLength(many.length);
    expect(opened.value.inCategory('shop > group 3')).toHaveLength(300);
  });

  it('are the same bytes whatever the order of the items', () => {
    expect(JSON.stringify(packCatalogue(many.toReversed()))).toBe(JSON.stringify(parts));
  });

  it('change only where an item has changed', () => {
    const edited = many.map((item) => (item.id === 'sku-77' ? { ...item, title: 'Another' } : item));
    const changed = packCatalogue(edited).filter((part, i) => JSON.stringify(part) !== JSON.stringify(parts[i]));
    expect(changed).toHaveLength(1);
  });

  it('spread neighbouring ids evenly', () => {
    const sizes = parts.map(({ ids }) => ids.length);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.2);
  });

  it('take the last of repeated ids', () => {
    expect(catalogueOf([makeItem('a', { title: 'old' }), makeItem('a', { title: 'new' })]).get('a')?.title).toBe('new');
  });

  it('open in part, and only together with their own', () => {
    const half = openCatalogue(parts.slice(0, 1));
    if (!half.ok) throw new Error(half.error);
    const found = many.filter(({ id }) => half.value.get(id)).length;
    expect(found).toBe(parts[0]?.ids.length);
    expect(openCatalogue([...parts, ...parts.slice(0, 1)])).toMatchObject({ ok: false });
    expect(openCatalogue([...parts.slice(1), ...packCatalogue([makeItem('x')])])).toMatchObject({ ok: false });
    expect(openCatalogue([{ ...parts[0], format: 2 } as never])).toMatchObject({ ok: false });
    expect(openCatalogue([])).toMatchObject({ ok: true, value: { size: 0 } });
  });

  it('never mix currencies', () => {
    const dollars = makeItem('b', {});
    expect(() => packCatalogue([makeItem('a'), { ...dollars, price: { amount: 1, currency: 'USD' } }])).toThrow(
      'b is not priced in EUR',
    );
  });

  it('keep texts whole that begin with half of a character in common', () => {
    const catalogue = catalogueOf([makeItem('a', { url: '/😀' }), makeItem('b', { url: '/😁' })]);
    expect(catalogue.get('b')?.url).toBe('/😁');
  });
});

describe('neighbours parts', () => {
  it('hold the strongest, strongest first, to four digits', () => {
    const list = Array.from({ length: 50 }, (_, i) => ({ item: `n${i}`, score: i / 100 }));
    const opened = openNeighbours(
      packNeighbours('viewed', [
        ['a', list],
        ['b', []],
      ]),
    );
    if (!opened.ok) throw new Error(opened.error);
    const found = opened.value.of('viewed', 'a');
    expect(found).toHaveLength(limit('neighboursPerItem'));
    expect(found[0]).toEqual({ item: 'n49', score: 0.49 });
    expect(opened.value.of('viewed', 'b')).toEqual([]);
    expect(opened.value.of('bought', 'a')).toEqual([]);
  });

  it('stay under a megabyte and find each their own', () => {
    const lists = Array.from(
      { length: 5_000 },
      (_, i) =>
        [
          `sku-${i}`,
          Array.from({ length: 30 }, (_, j) => ({ item: `sku-${(i * 7 + j) % 5000}`, score: 1 / (j + 2) })),
        ] as const,
    );
    const parts = packNeighbours('bought', lists);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(limit('catalogueShardBytes'));
    const opened = openNeighbours(parts);
    if (!opened.ok) throw new Error(opened.error);
    expect(lists.every(([id, list]) => opened.value.of('bought', id)[0]?.item === list[0]?.item)).toBe(true);
  });

  it('of different runs do not open together', () => {
    const [part] = packNeighbours('viewed', [['a', [{ item: 'b', score: 1 }]]]);
    if (!part) throw new Error('no part');
    expect(openNeighbours([part, part])).toMatchObject({ ok: false });
    expect(openNeighbours([part, { ...part, shards: 2, shard: 1 }])).toMatchObject({ ok: false });
    expect(openNeighbours([{ ...part, format: 9 } as never])).toMatchObject({ ok: false });
    expect(openPopular([{ format: 9, shard: 0, shards: 1, keys: [], lists: [], scores: [] } as never])).toMatchObject({
      ok: false,
    });
  });
});
