import { err, ok, type Result } from '../lib/result.ts';
import { bucketRanges } from './bucketing.ts';
import { fnv1aUnits } from './hash/fnv1a-units.ts';

export const HASH_VERSIONS = [1, 2] as const;
/** Of GrowthBook's bucketing. 2 unless a test that began with 1 is to keep its groups. */
export type HashVersion = (typeof HASH_VERSIONS)[number];

/** Whom an experiment takes in, and how it divides them. */
export interface AllocationPlan {
  /** Name of the randomisation (GrowthBook: seed, or the experiment's key): experiments with different keys divide people independently of each other. Never changes while one runs. */
  readonly key: string;
  /** Share of the participants that each variant gets, in the order of the variants. Each 0 or more; together 1. */
  readonly weights: readonly number[];
  /** Share of all people that take part (GrowthBook: coverage): 0 to 1. */
  readonly share: number;
  /** Left out: 2. */
  readonly version?: HashVersion;
}

/** A plan ready for `assignVariant`. Immutable. */
export interface Allocation {
  readonly version: HashVersion;
  readonly key: string;
  /** Hash of the key: version 2 goes on from it with the unit. */
  readonly state: number;
  /** Variant i takes what lies from `bounds[2i]` up to, without, `bounds[2i + 1]`; all between 0 and 1. */
  readonly bounds: Float64Array;
}

export type AllocationProblem =
  | { readonly kind: 'emptyKey' }
  | { readonly kind: 'noVariants' }
  | { readonly kind: 'badWeight'; readonly variant: number; readonly weight: number }
  | { readonly kind: 'weightsDoNotAddUp'; readonly total: number }
  | { readonly kind: 'badShare'; readonly share: number };

/** Three times a third is 1 for whoever wrote it. */
const ROUNDING = 1e-6;

/**
 * Each variant owns a fixed piece of 0 to 1, as long as its weight, and uses the first `share` of it. So a share that is raised adds people to
 * each variant and moves nobody, and one that is lowered only takes people out. Changed weights do move people.
 */
export function createAllocation(plan: AllocationPlan): Result<Allocation, AllocationProblem> {
  const { key, weights, share, version = 2 } = plan;
  if (key === '') return err({ kind: 'emptyKey' });
  if (weights.length === 0) return err({ kind: 'noVariants' });
  if (!(share >= 0 && share <= 1)) return err({ kind: 'badShare', share });
  const wrong = weights.findIndex((weight) => !(weight >= 0 && weight <= 1));
  if (wrong >= 0) return err({ kind: 'badWeight', variant: wrong, weight: weights[wrong] as number });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (Math.abs(total - 1) > ROUNDING) return err({ kind: 'weightsDoNotAddUp', total });
  const bounds = Float64Array.from(bucketRanges(weights.length, share, weights).flat());
  return ok({ version, key, state: fnv1aUnits(key), bounds });
}
