import type { Instant } from '../../core/lib/ids.ts';
import type { Result } from '../../core/lib/result.ts';
import { type Association, RANK_SETTING, rankNeighbours } from '../../core/model/recommend/association.ts';
import type { Surroundings } from '../../core/model/recommend/candidates.ts';
import { openCatalogue } from '../../core/model/recommend/catalogue.ts';
import { packCatalogue } from '../../core/model/recommend/catalogue-part.ts';
import { ALL_BASKETS, CoOccurrence } from '../../core/model/recommend/co-occurrence.ts';
import { type CompiledStrategy, compileStrategy } from '../../core/model/recommend/compile-strategy.ts';
import type { Item } from '../../core/model/recommend/item.ts';
import { openNeighbours } from '../../core/model/recommend/neighbours.ts';
import { packNeighbours } from '../../core/model/recommend/neighbours-part.ts';
import { openPopular } from '../../core/model/recommend/popular.ts';
import { packPopular } from '../../core/model/recommend/popular-part.ts';
import { Popularity } from '../../core/model/recommend/popularity.ts';
import { recommend } from '../../core/model/recommend/recommend.ts';
import type { RecommendationStrategy } from '../../core/model/recommend/strategy.ts';
import type { Baskets } from './baskets.ts';

const NOW = Date.UTC(2026, 0, 1) as Instant;
const TOP = 10;

export interface Evaluation {
  readonly trained: number;
  readonly asked: number;
  /** Share of orders whose left-out item is among the ten. */
  readonly popular: number;
  readonly together: Readonly<Record<Association, number>>;
  /** Cosine with the list of what is popular behind it, as shops run it. */
  readonly chain: number;
  readonly microsecondsEach: number;
}

/** Learns from the first four fifths of the orders; of each later one the last item is left out and asked for, the others being the cart. */
export function evaluate(baskets: Baskets): Evaluation {
  const cut = Math.floor(baskets.length * 0.8);
  const train = baskets.slice(0, cut);
  const test = baskets.slice(cut).filter((basket) => basket.length >= 2);
  const pairs = new CoOccurrence();
  const popularity = new Popularity();
  for (const basket of train) {
    pairs.add(basket);
    for (const item of basket) popularity.add(item, 'bought', NOW);
  }
  const catalogue = opened(openCatalogue(packCatalogue([...new Set(baskets.flat())].map(itemOf))));
  const popular = opened(openPopular(packPopular(popularity, catalogue, NOW)));
  const basketsOf = (item: string): number => pairs.get(item)?.baskets ?? 0;
  const around = (association: Association): Surroundings => {
    const lists = pairs
      .rows()
      .filter(({ item }) => item !== ALL_BASKETS)
      .map((row) => [row.item, rankNeighbours(row, basketsOf, { ...RANK_SETTING, association })] as const);
    return { catalogue, popular, neighbours: opened(openNeighbours(packNeighbours('bought', lists))) };
  };
  const cosine = around('cosine');
  const cart = { use: 'boughtTogether', key: 'cart' } as const;
  const best = { use: 'popular', by: 'bought', in: 'site' } as const;
  const started = performance.now();
  const chain = hitRate(planOf([cart, best]), cosine, test);
  const microsecondsEach = ((performance.now() - started) * 1000) / Math.max(1, test.length);
  return {
    trained: train.length,
    asked: test.length,
    popular: hitRate(planOf([best]), cosine, test),
    together: {
      cosine: hitRate(planOf([cart]), cosine, test),
      logLikelihood: hitRate(planOf([cart]), around('logLikelihood'), test),
      lift: hitRate(planOf([cart]), around('lift'), test),
    },
    chain,
    microsecondsEach,
  };
}

function hitRate(plan: CompiledStrategy, around: Surroundings, test: Baskets): number {
  const hits = test.filter((basket) => {
    const found = recommend(plan, around, { recent: [] }, { cart: basket.slice(0, -1) }, NOW, 'bench');
    return found.items.some(({ item }) => item.id === basket.at(-1));
  });
  return hits.length / Math.max(1, test.length);
}

function planOf(sources: RecommendationStrategy['sources']): CompiledStrategy {
  return opened(compileStrategy({ id: 'bench', sources, size: TOP }));
}

export function itemOf(id: string): Item {
  return {
    id,
    title: `Item ${id}`,
    url: `https://shop.example/products/${id}`,
    image: `https://cdn.shop.example/images/${id}.jpg`,
    price: { amount: 1000, currency: 'GBP' },
    availability: 'in_stock',
    category: ['all'],
    brand: null,
    attributes: {},
    groupId: null,
  };
}

function opened<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
