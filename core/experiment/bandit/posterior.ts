import { randomBeta, randomGamma, randomNormal } from 'd3-random';
import type { ArmStats } from './arm.ts';

export const REWARDS = ['conversion', 'revenue'] as const;
export type Reward = (typeof REWARDS)[number];

/** What is believed of an arm before it was tried. */
export interface ArmPrior {
  /** Mean reward of a trial. */
  readonly mean: number;
  /** Variance of one trial; not read for conversions, whose mean says it. */
  readonly variance: number;
  /** Trials that this belief is worth: 2 is next to nothing. Above 0. */
  readonly strength: number;
}

/** For conversions: every rate alike (Beta(1, 1)). */
export const FLAT_PRIOR: ArmPrior = { mean: 0.5, variance: 1, strength: 2 };

/**
 * Draws of the mean reward that an arm may have, given what it achieved. Conversions: Beta. Revenue: the mean of a normal distribution of unknown mean and variance
 * (normal-inverse-gamma; Murphy, "Conjugate Bayesian analysis of the Gaussian distribution", 2007, section 3).
 */
export function posteriorDraws(stats: ArmStats, prior: ArmPrior, reward: Reward, source: () => number): () => number {
  return reward === 'conversion' ? betaDraws(stats, prior, source) : normalDraws(stats, prior, source);
}

function betaDraws({ trials, sum }: ArmStats, { mean, strength }: ArmPrior, source: () => number): () => number {
  // Conversions may come before the trials that they belong to were counted.
  const wins = Math.min(sum, trials);
  return randomBeta.source(source)(mean * strength + wins, (1 - mean) * strength + trials - wins);
}

function normalDraws(stats: ArmStats, prior: ArmPrior, source: () => number): () => number {
  const { trials, sum, sumOfSquares } = stats;
  const weight = prior.strength + trials;
  const mean = (prior.strength * prior.mean + sum) / weight;
  const average = trials > 0 ? sum / trials : 0;
  const within = Math.max(0, sumOfSquares - sum * average);
  const between = (prior.strength * trials * (average - prior.mean) ** 2) / weight;
  // One trial of doubt about the variance at least, or the first equal outcomes would settle everything.
  const shape = 1 + weight / 2;
  const rate = ((prior.strength + 2) * prior.variance + within + between) / 2;
  const precision = randomGamma.source(source)(shape, 1 / rate);
  const standard = randomNormal.source(source)(0, 1);
  return () => mean + standard() / Math.sqrt(weight * precision());
}
