import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import { rankNeighbours } from '../../../core/model/recommend/association.ts';
import type { Catalogue } from '../../../core/model/recommend/catalogue.ts';
import { ALL_BASKETS } from '../../../core/model/recommend/co-occurrence.ts';
import { type Neighbour, packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { packPopular } from '../../../core/model/recommend/popular-part.ts';
import type { BasketKind, ItemCounts } from './item-counts.ts';

/** When parts were last put. */
export interface LastPut {
  readonly at: Instant;
  /** Visits until then. */
  readonly counted: number;
  /** Hash of the part `catalogue` that was live. */
  readonly catalogue: string;
}

/** Enough for other lists: a hundredth more visits, a day, or another catalogue. */
export function isEnough(last: LastPut | null, counted: number, catalogue: string, now: Instant): boolean {
  if (last === null) return counted > 0;
  if (last.catalogue !== catalogue) return true;
  const fresh = counted - last.counted;
  return fresh > 0 && (fresh * 100 >= last.counted || now - last.at >= DAY_MS);
}

/** What is viewed and bought together and what is popular, as parts by name. Only what the catalogue has. */
export function packItems(counts: ItemCounts, catalogue: Catalogue, now: Instant): ReadonlyMap<string, object> {
  const parts = new Map<string, object>();
  for (const kind of ['viewed', 'bought'] as const) {
    const packed = packNeighbours(kind, neighbourLists(counts, kind, catalogue));
    if (packed.every(({ ids }) => ids.length === 0)) continue;
    for (const part of packed) parts.set(`neighbours/${kind}/${part.shard}`, part);
  }
  const popular = packPopular(counts.popularity(limit('countedItems')), catalogue, now);
  if (popular.some(({ keys }) => keys.length > 0))
    for (const part of popular) parts.set(`popularity/${part.shard}`, part);
  return parts;
}

function* neighbourLists(
  counts: ItemCounts,
  kind: BasketKind,
  catalogue: Catalogue,
): Generator<readonly [item: string, neighbours: readonly Neighbour[]]> {
  const baskets = counts.baskets(kind, limit('countedItems'));
  const known = [...baskets.keys()].filter((item) => item !== ALL_BASKETS && catalogue.get(item) !== null);
  for (const summary of counts.summaries(kind, known)) {
    const beside = summary.beside.filter(({ item }) => catalogue.get(item) !== null);
    yield [summary.item, rankNeighbours({ ...summary, beside }, (item) => baskets.get(item) ?? 0)];
  }
}
