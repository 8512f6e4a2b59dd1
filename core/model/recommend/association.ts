import { limit } from '../../lib/limits.ts';
import { ALL_BASKETS, type ItemSummary } from './co-occurrence.ts';
import type { Neighbour } from './neighbours-part.ts';
import { compareText } from './shards.ts';

export interface PairCounts {
  /** Baskets with both. */
  readonly both: number;
  readonly a: number;
  readonly b: number;
  readonly all: number;
}

/**
 * How strongly two items belong together, 0 to 1, 0 when no more than chance would have it (cosine: when never).
 * - `cosine`: both / √(a · b), as item-to-item filtering has it (Linden, Smith, York: Amazon.com recommendations, IEEE Internet Computing 2003).
 * - `logLikelihood`: Dunning's G² (Accurate methods for the statistics of surprise and coincidence, 1993) as G² / (G² + 10.83), so that one
 *   half is the critical value of p = 0.001.
 * - `lift`: both · all / (a · b), as 1 - 1 / lift. Loves what is rare.
 */
export const ASSOCIATIONS = {
  cosine: ({ both, a, b }) => (both === 0 ? 0 : Math.min(1, both / Math.sqrt(a * b))),
  logLikelihood: (counts) => {
    if (counts.both * counts.all <= counts.a * counts.b) return 0;
    const g = logLikelihoodRatio(counts);
    return g / (g + 10.83);
  },
  lift: ({ both, a, b, all }) => (both * all <= a * b ? 0 : 1 - (a * b) / (both * all)),
} as const satisfies Record<string, (counts: PairCounts) => number>;
export type Association = keyof typeof ASSOCIATIONS;

export interface RankSetting {
  readonly association: Association;
  /** Pairs that are seen less often say nothing. */
  readonly minBoth: number;
  readonly size: number;
}

export const RANK_SETTING: RankSetting = { association: 'cosine', minBoth: 2, size: limit('neighboursPerItem') };

/**
 * The strongest neighbours of one item, strongest first, ties by id. `basketsOf` knows how many baskets held an item, and of
 * `ALL_BASKETS` how many there were. Pairs count as often as they were seen for certain.
 */
export function rankNeighbours(
  { item, baskets, beside }: ItemSummary,
  basketsOf: (item: string) => number,
  setting: RankSetting = RANK_SETTING,
): readonly Neighbour[] {
  const all = basketsOf(ALL_BASKETS);
  const score = ASSOCIATIONS[setting.association];
  return beside
    .flatMap(({ item: other, count, error }) => {
      const both = count - error;
      const b = basketsOf(other);
      if (other === item || both < setting.minBoth || b < both || baskets < both) return [];
      const value = score({ both, a: baskets, b, all: Math.max(all, baskets + b - both) });
      return value > 0 ? [{ item: other, score: value }] : [];
    })
    .sort((x, y) => y.score - x.score || compareText(x.item, y.item))
    .slice(0, setting.size);
}

/** G² of the two-by-two table: how much less likely the counts were if the items had nothing to do with each other. */
function logLikelihoodRatio({ both, a, b, all }: PairCounts): number {
  const table = [both, a - both, b - both, all - a - b + both];
  const rows = [a, all - a];
  const columns = [b, all - b];
  let sum = 0;
  for (const [i, seen] of table.entries()) {
    const expected = ((rows[i >> 1] ?? 0) * (columns[i & 1] ?? 0)) / all;
    if (seen > 0 && expected > 0) sum += seen * Math.log(seen / expected);
  }
  return Math.max(0, 2 * sum);
}
