import type { ArmStats } from './arm.ts';
import type { ArmPrior, Reward } from './posterior.ts';

/**
 * What an arm starts from in a bucket of context: its record over all buckets, worth at most `strength` trials, so that a new bucket is not cold and its own record
 * soon outweighs it. Where the arm is new everywhere: `fallback`, whose mean for conversions lies between 0 and 1, without them.
 */
export function contextPrior(overall: ArmStats | null, reward: Reward, strength: number, fallback: ArmPrior): ArmPrior {
  if (!overall || overall.trials <= 0) return fallback;
  const { trials, sumOfSquares } = overall;
  // Conversions may come before the trials that they belong to were counted.
  const sum = reward === 'conversion' ? Math.min(overall.sum, trials) : overall.sum;
  const weight = fallback.strength + trials;
  const spread = Math.max(0, sumOfSquares - (sum * sum) / trials);
  return {
    mean: (fallback.strength * fallback.mean + sum) / weight,
    variance: (fallback.strength * fallback.variance + spread) / weight,
    strength: Math.max(fallback.strength, Math.min(strength, trials)),
  };
}
