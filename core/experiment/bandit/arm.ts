import type { Instant } from '../../lib/ids.ts';

/** What one arm achieved in one bucket of context. Old trials weigh less: all sums are as of `at`. */
export interface ArmStats {
  readonly arm: string;
  /** Weight of all trials (decisions that were seen). */
  readonly trials: number;
  /** Σ and Σ² of what they brought: 1 a conversion, or money. */
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly at: Instant;
}

/** One trial with what it brought; or, with `trials` 0, what an earlier trial brought later. */
export interface ArmOutcome {
  readonly trials: number;
  /** 0 or 1 for conversions, an amount for revenue. Money only from keys that are trusted with it: the caller's duty. */
  readonly reward: number;
  readonly at: Instant;
}

export function createArm(arm: string, at: Instant): ArmStats {
  return { arm, trials: 0, sum: 0, sumOfSquares: 0, at };
}

/**
 * Takes in an outcome. What is older than `halfLifeMs` counts half, so that an arm whose time has passed is found out; null: nothing is forgotten.
 * The order in which outcomes come does not matter.
 */
export function updateArm(stats: ArmStats, outcome: ArmOutcome, halfLifeMs: number | null): ArmStats {
  const at = Math.max(stats.at, outcome.at) as Instant;
  const old = decay(at - stats.at, halfLifeMs);
  const fresh = decay(at - outcome.at, halfLifeMs);
  const { trials, reward } = outcome;
  return {
    arm: stats.arm,
    trials: old * stats.trials + fresh * trials,
    sum: old * stats.sum + fresh * reward,
    sumOfSquares: old * stats.sumOfSquares + fresh * reward * reward,
    at,
  };
}

/** Sums of several rollups of one arm, as of the latest of them. */
export function joinArms(one: ArmStats, other: ArmStats, halfLifeMs: number | null): ArmStats {
  const at = Math.max(one.at, other.at) as Instant;
  const [mine, theirs] = [decay(at - one.at, halfLifeMs), decay(at - other.at, halfLifeMs)];
  return {
    arm: one.arm,
    trials: mine * one.trials + theirs * other.trials,
    sum: mine * one.sum + theirs * other.sum,
    sumOfSquares: mine * one.sumOfSquares + theirs * other.sumOfSquares,
    at,
  };
}

function decay(ageMs: number, halfLifeMs: number | null): number {
  return halfLifeMs === null ? 1 : 2 ** (-ageMs / halfLifeMs);
}
