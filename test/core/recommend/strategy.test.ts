import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { limit } from '../../../core/lib/limits.ts';
import { compileStrategy, strategyWarnings } from '../../../core/model/recommend/compile-strategy.ts';
import { parseStrategy, strategySchema } from '../../../core/model/recommend/strategy.schema.ts';
import type { RecommendationStrategy } from '../../../core/model/recommend/strategy.ts';
import { catalogueOf, makeItem } from './shop-fixture.ts';

const POPULAR = { use: 'popular', in: 'site' } as const;

function problems(of: unknown): readonly string[] {
  const parsed = parseStrategy({ id: 'home', size: 4, sources: [POPULAR], ...(of as object) });
  if (!parsed.ok) return parsed.error.map(({ pointer, detail }) => `${pointer} ${detail}`);
  const compiled = compileStrategy(parsed.value);
  return compiled.ok ? [] : compiled.error.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

describe('a strategy', () => {
  it('has defaults that show nothing bought, carted or out of stock', () => {
    const compiled = compileStrategy({ id: 'home', size: 4, sources: [POPULAR] });
    expect(compiled).toMatchObject({
      ok: true,
      value: {
        notBoughtMs: Number.POSITIVE_INFINITY,
        notInCart: true,
        availability: new Set(['in_stock']),
        relevance: 1,
      },
    });
  });

  it.each([
    [{ sources: [] }, /^\/sources /],
    [{ sources: [{ use: 'magic' }] }, /^\/sources\/0\/use /],
    [{ sources: [{ use: 'similar' }] }, /^\/sources\/0\/key /],
    [{ rules: { availability: ['out_of_stock'] } }, /^\/rules\/availability\/0 /],
    [{ size: 31 }, /^\/size /],
    [{ rules: { inStok: true } }, /inStok/],
    [{ sources: [POPULAR, { ...POPULAR, candidates: 10 }] }, /^\/sources\/1 the same as source 0/],
    [{ rules: { price: { min: 20, max: 10 } } }, /^\/rules\/price min 20 is above max 10/],
    [{ rules: { price: {} } }, /^\/rules\/price says nothing/],
    [{ rules: { priceOfKeyPct: { min: 80 } } }, /^\/rules compares with the key item/],
    [{ rules: { attributes: [{ name: 'size', sameAsKey: true }] } }, /^\/rules compares with the key item/],
    [{ rules: { categories: [' > '] } }, /^\/rules\/categories\/0 names no category/],
    [{ diversity: {} }, /^\/diversity says nothing/],
    [{ sources: [{ use: 'recentlyViewed' }], rules: { notViewed: { withinDays: 3 } } }, /^\/rules\/notViewed /],
    [{ sources: [{ use: 'picked', items: ['a', 'b'] }] }, /^\/size 4 wanted, but only 2 items are picked/],
    [
      { size: 1, sources: [{ use: 'picked', items: ['a'] }], rules: { exclude: ['a'] } },
      /^\/sources\/0\/items\/0 a is picked and excluded/,
    ],
    [{ sources: Array.from({ length: limit('recommendationSources') + 1 }, () => POPULAR) }, /^\/sources /],
  ])('is refused where it makes no sense: %j', (of, expected) => {
    expect(problems(of).join('\n')).toMatch(expected);
  });

  it('warns of what the catalogue does not have', () => {
    const of: RecommendationStrategy = {
      id: 'home',
      size: 2,
      sources: [{ use: 'picked', items: ['a', 'b'] }],
      rules: { categories: ['men>shirts', 'men > hats'] },
      boosts: [{ when: { categories: ['kids'] }, factor: 2 }],
    };
    const catalogue = catalogueOf([makeItem('a', { category: ['men', 'shirts'] })]);
    expect(strategyWarnings(of, catalogue).map(({ pointer }) => pointer)).toEqual([
      '/rules/categories/1',
      '/boosts/0/when/categories/0',
      '/sources/0/items/1',
    ]);
  });
});

/** With lists that may be changed, as zod infers them. */
type Loose<T> = T extends readonly (infer E)[]
  ? Loose<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Loose<T[K]> }
    : T;

it('a strategy has one form, with zod and without', () => {
  const strategy: Loose<RecommendationStrategy> = { id: 'a', sources: [{ use: 'recentlyViewed' }], size: 4 };
  const same: z.output<typeof strategySchema> = strategy;
  const back: RecommendationStrategy = strategySchema.parse(same);
  expect(back).toEqual(strategy);
});
