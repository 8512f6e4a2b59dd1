import { limit } from '../../lib/limits.ts';
import { compareText, jsonBytes, splitIntoShards } from './shards.ts';

/** Where neighbours come from: baskets of views, orders, or what the items are. Each has parts and a pace of its own. */
export const NEIGHBOUR_KINDS = ['viewed', 'bought', 'similar'] as const;
export type NeighbourKind = (typeof NEIGHBOUR_KINDS)[number];

export interface Neighbour {
  readonly item: string;
  /** 0 to 1. */
  readonly score: number;
}

/** Scores are stored as whole numbers up to this. */
export const SCORE_SCALE = 10_000;

/** Part `neighbours/<kind>/<shard>`: for the items whose id falls into the shard, their neighbours, strongest first. */
export interface NeighboursPart {
  readonly format: 1;
  readonly kind: NeighbourKind;
  readonly shard: number;
  readonly shards: number;
  /** Ascending. */
  readonly ids: readonly string[];
  /** All neighbours that are named, ascending. */
  readonly names: readonly string[];
  /** Those of item i are from `starts[i]` to `starts[i + 1]` in `to` (positions in `names`) and `scores` (of 10,000). */
  readonly starts: readonly number[];
  readonly to: readonly number[];
  readonly scores: readonly number[];
}

/** All shards of one kind. Items without neighbours take no place; of an item the strongest `neighboursPerItem` are kept. */
export function packNeighbours(
  kind: NeighbourKind,
  lists: Iterable<readonly [item: string, neighbours: readonly Neighbour[]]>,
): readonly NeighboursPart[] {
  const rows: (readonly [string, readonly Neighbour[]])[] = [];
  for (const [item, neighbours] of lists) {
    const kept = neighbours
      .map(({ item: other, score }) => ({
        item: other,
        score: Math.round(Math.min(1, Math.max(0, score)) * SCORE_SCALE),
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || compareText(a.item, b.item))
      .slice(0, limit('neighboursPerItem'));
    if (kept.length > 0) rows.push([item, kept]);
  }
  const bytesOf = ([item, list]: readonly [string, readonly Neighbour[]]) =>
    jsonBytes(item) + 10 + list.reduce((sum, { item: other }) => sum + jsonBytes(other) + 14, 0);
  const shards = splitIntoShards(rows, ([item]) => item, bytesOf);
  return shards.map((of, shard) => {
    const names = [...new Set(of.flatMap(([, list]) => list.map(({ item }) => item)))].sort(compareText);
    const position = new Map(names.map((name, i) => [name, i]));
    const starts = [0];
    for (const [, list] of of) starts.push((starts.at(-1) ?? 0) + list.length);
    return {
      format: 1,
      kind,
      shard,
      shards: shards.length,
      ids: of.map(([item]) => item),
      names,
      starts,
      to: of.flatMap(([, list]) => list.map(({ item }) => position.get(item) ?? 0)),
      scores: of.flatMap(([, list]) => list.map(({ score }) => score)),
    };
  });
}
