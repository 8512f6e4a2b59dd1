import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import type { Surroundings } from '../../../core/model/recommend/candidates.ts';
import { type Catalogue, openCatalogue } from '../../../core/model/recommend/catalogue.ts';
import { packCatalogue } from '../../../core/model/recommend/catalogue-part.ts';
import { type CompiledStrategy, compileStrategy } from '../../../core/model/recommend/compile-strategy.ts';
import type { Item } from '../../../core/model/recommend/item.ts';
import { type Neighbours, openNeighbours } from '../../../core/model/recommend/neighbours.ts';
import { type Neighbour, type NeighbourKind, packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { openPopular, type Popular } from '../../../core/model/recommend/popular.ts';
import { packPopular } from '../../../core/model/recommend/popular-part.ts';
import { Popularity } from '../../../core/model/recommend/popularity.ts';
import { parseStrategy } from '../../../core/model/recommend/strategy.schema.ts';
import type { RecommendationStrategy } from '../../../core/model/recommend/strategy.ts';
import type { VisitorAct, VisitorRow } from '../../../core/model/recommend/visitor.ts';

export const NOW = Date.UTC(2026, 10, 22, 12) as Instant;

export function daysAgo(days: number): Instant {
  return (NOW - days * DAY_MS) as Instant;
}

export function makeItem(id: string, over: Partial<Omit<Item, 'price'>> & { readonly cents?: number } = {}): Item {
  const { cents = 1000, ...rest } = over;
  return {
    id,
    title: `Item ${id}`,
    url: `https://shop.example/p/${encodeURIComponent(id)}`,
    image: null,
    price: { amount: cents, currency: 'EUR' },
    availability: 'in_stock',
    category: ['all'],
    brand: null,
    attributes: {},
    groupId: null,
    ...rest,
  };
}

export function catalogueOf(items: readonly Item[]): Catalogue {
  const opened = openCatalogue(packCatalogue(items));
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

export function neighboursOf(
  lists: Partial<Record<NeighbourKind, Readonly<Record<string, readonly Neighbour[]>>>>,
): Neighbours {
  const parts = Object.entries(lists).flatMap(([kind, of]) =>
    packNeighbours(kind as NeighbourKind, Object.entries(of)),
  );
  const opened = openNeighbours(parts);
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

export function popularOf(catalogue: Catalogue, counts: Readonly<Record<string, number>>): Popular {
  const popularity = new Popularity();
  for (const [id, count] of Object.entries(counts)) popularity.add(id, 'viewed', daysAgo(1), count);
  const opened = openPopular(packPopular(popularity, catalogue, NOW));
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

export function shop(
  items: readonly Item[],
  {
    lists = {},
    views = {},
  }: {
    readonly lists?: Parameters<typeof neighboursOf>[0];
    readonly views?: Readonly<Record<string, number>>;
  } = {},
): Surroundings {
  const catalogue = catalogueOf(items);
  return { catalogue, neighbours: neighboursOf(lists), popular: popularOf(catalogue, views) };
}

/** A strategy as an operator writes it, through its schema. */
export function strategy(of: Omit<RecommendationStrategy, 'id'>): CompiledStrategy {
  const parsed = parseStrategy({ id: 'test', ...of });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const compiled = compileStrategy(parsed.value);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

export function row(kind: VisitorAct, item: string, days: number, gift?: boolean): VisitorRow {
  return { kind, item, at: daysAgo(days), ...(gift === undefined ? {} : { gift }) };
}
