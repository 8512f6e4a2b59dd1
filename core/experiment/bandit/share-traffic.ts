import type { ArmStats } from './arm.ts';
import { type ArmPrior, posteriorDraws, type Reward } from './posterior.ts';
import { createSeededSource } from './seeded-source.ts';

export interface TrafficSettings {
  readonly reward: Reward;
  /** What is believed of an arm before it was tried here: the same for all, or by `contextPrior`. */
  readonly priorOf: (arm: string) => ArmPrior;
  /** Share of decisions that all arms get alike, whatever they achieved: 0 to 1. Keeps every propensity above 0, so that results can be reweighted. */
  readonly exploration: number;
  /** Draws of each arm: 2,000 give shares to about a hundredth. */
  readonly draws: number;
}

/** Share of decisions that go to an arm. */
export interface ArmShare {
  readonly arm: string;
  readonly share: number;
}

/**
 * Thompson sampling, worked out ahead: the share of an arm is the chance that its mean reward is the highest (Thompson 1933), by seeded draws from the posteriors, mixed
 * with exploration. The same statistics give the same shares. These shares are the policy: `chooseArm` draws by them, so the propensities that it tells are exact and not
 * estimates. Shares add up to 1; arms are in the order of their names.
 */
export function shareTraffic(arms: readonly ArmStats[], settings: TrafficSettings): readonly ArmShare[] {
  const { reward, priorOf, exploration, draws } = settings;
  const sorted = [...arms].sort((a, b) => (a.arm < b.arm ? -1 : 1));
  if (sorted.length === 0) return [];
  // Each arm has a stream of its own, so that an arm more does not change what is drawn for the others.
  const samplers = sorted.map((stats) =>
    posteriorDraws(stats, priorOf(stats.arm), reward, createSeededSource(seedOf(stats))),
  );
  const wins = new Array<number>(sorted.length).fill(0);
  for (let n = 0; n < draws; n++) {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (const [i, sample] of samplers.entries()) {
      const value = sample();
      if (value > highest) [best, highest] = [i, value];
    }
    wins[best] = (wins[best] ?? 0) + 1;
  }
  return sorted.map(({ arm }, i) => ({
    arm,
    share: exploration / sorted.length + (1 - exploration) * ((wins[i] ?? 0) / draws),
  }));
}

function seedOf({ arm, trials, sum, sumOfSquares }: ArmStats): string {
  return `${arm} ${trials} ${sum} ${sumOfSquares}`;
}
