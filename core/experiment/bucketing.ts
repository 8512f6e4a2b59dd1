import { fnv1aDecimal, fnv1aUnits } from './hash/fnv1a-units.ts';

/** Part of the numbers from 0 to 1: from the first up to, without, the second. */
export type BucketRange = readonly [from: number, to: number];

/** A layer's name and the range of it that somebody has to be in. */
export type BucketNamespace = readonly [id: string, from: number, to: number];

/**
 * GrowthBook's public bucketing, number for number, so that a test that moves here keeps its groups. Where a unit lies between 0 and 1:
 * version 2 is even and has 10,000 steps; version 1 has 1,000, is biased, and is there for tests that began with it. Another version: null.
 */
export function bucketOf(seed: string, value: string, version: number): number | null {
  if (version === 2) return (fnv1aDecimal(fnv1aUnits(value, fnv1aUnits(seed))) % 10_000) / 10_000;
  if (version === 1) return (fnv1aUnits(seed, fnv1aUnits(value)) % 1000) / 1000;
  return null;
}

/** n equal weights that add up to 1; none for n below 1. */
export function equalWeights(n: number): readonly number[] {
  return n <= 0 ? [] : new Array<number>(n).fill(1 / n);
}

/** Weights that are further from 1 than this are taken for a mistake, and all variations are weighted alike. */
const SLACK = 0.01;

/**
 * The range of each variation: its piece of 0 to 1, as long as its weight, of which it uses the first `coverage`. So coverage that is raised
 * adds people and moves nobody. Forgiving as GrowthBook is: coverage is brought between 0 and 1, and weights that are missing, of another
 * number or further than 0.01 from 1 are replaced by equal ones. Whoever writes an experiment here is told instead (compile-experiments.ts).
 */
export function bucketRanges(
  variations: number,
  coverage: number,
  weights: readonly number[] | null,
): readonly BucketRange[] {
  const share = Math.min(1, Math.max(0, coverage));
  let start = 0;
  return trustedWeights(variations, weights).map((weight): BucketRange => {
    const from = start;
    start += weight;
    return [from, from + share * weight];
  });
}

function trustedWeights(variations: number, weights: readonly number[] | null): readonly number[] {
  if (weights?.length !== variations) return equalWeights(variations);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total < 1 - SLACK || total > 1 + SLACK ? equalWeights(variations) : weights;
}

/** Position of the first range that holds n; -1: none does. */
export function chooseVariation(n: number, ranges: readonly BucketRange[]): number {
  return ranges.findIndex(([from, to]) => n >= from && n < to);
}

/** Whether a unit lies in the range of a layer. All layers hash by version 1, as GrowthBook's namespaces do. */
export function inNamespace(value: string, [id, from, to]: BucketNamespace): boolean {
  const n = bucketOf(`__${id}`, value, 1) as number;
  return n >= from && n < to;
}
