import { err, ok, type Result } from '../lib/result.ts';
import { murmurUtf16 } from './hash/murmur-utf16.ts';

/** Whom an experiment takes in, and how it divides them. */
export interface AllocationPlan {
  /** Name of the randomisation: experiments with different keys divide people independently of each other. Never changes while one runs. */
  readonly key: string;
  /** Share of the participants that each variant gets, in the order of the variants. Each 0 or more; together 1. */
  readonly weights: readonly number[];
  /** Share of all people that take part: 0 to 1. */
  readonly share: number;
}

/** A plan ready for `assignVariant`. Immutable. */
export interface Allocation {
  readonly seed: number;
  /** Variant i takes the hashes from `bounds[2i]` up to, without, `bounds[2i + 1]`. */
  readonly bounds: Float64Array;
}

export type AllocationProblem =
  | { readonly kind: 'emptyKey' }
  | { readonly kind: 'noVariants' }
  | { readonly kind: 'badWeight'; readonly variant: number; readonly weight: number }
  | { readonly kind: 'weightsDoNotAddUp'; readonly total: number }
  | { readonly kind: 'badShare'; readonly share: number };

const HASHES = 2 ** 32;
/** Three times a third is 1 for whoever wrote it. */
const ROUNDING = 1e-6;

/**
 * Each variant owns a fixed piece of all hashes, as long as its weight, and uses the first `share` of it. So a share that is raised adds people to
 * each variant and moves nobody, and one that is lowered only takes people out. Changed weights do move people.
 */
export function createAllocation({ key, weights, share }: AllocationPlan): Result<Allocation, AllocationProblem> {
  if (key === '') return err({ kind: 'emptyKey' });
  if (weights.length === 0) return err({ kind: 'noVariants' });
  if (!(share >= 0 && share <= 1)) return err({ kind: 'badShare', share });
  const wrong = weights.findIndex((weight) => !(weight >= 0 && weight <= 1));
  if (wrong >= 0) return err({ kind: 'badWeight', variant: wrong, weight: weights[wrong] as number });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (Math.abs(total - 1) > ROUNDING) return err({ kind: 'weightsDoNotAddUp', total });
  const bounds = new Float64Array(2 * weights.length);
  let before = 0;
  for (const [variant, weight] of weights.entries()) {
    const from = Math.round((before / total) * HASHES);
    before += weight;
    const to = Math.round((before / total) * HASHES);
    bounds[2 * variant] = from;
    bounds[2 * variant + 1] = from + Math.round((to - from) * share);
  }
  return ok({ seed: murmurUtf16(key, 0), bounds });
}
