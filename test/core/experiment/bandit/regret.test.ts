import { expect, it } from 'vitest';
import { type ArmStats, createArm, updateArm } from '../../../../core/experiment/bandit/arm.ts';
import { chooseArm } from '../../../../core/experiment/bandit/choose-arm.ts';
import { FLAT_PRIOR } from '../../../../core/experiment/bandit/posterior.ts';
import { createSeededSource } from '../../../../core/experiment/bandit/seeded-source.ts';
import { type ArmShare, shareTraffic, type TrafficSettings } from '../../../../core/experiment/bandit/share-traffic.ts';
import type { Instant } from '../../../../core/lib/ids.ts';

const HOUR = 3_600_000;
const ARMS = ['a', 'b', 'c', 'd'];

interface World {
  readonly settings: TrafficSettings;
  readonly halfLifeMs: number | null;
  readonly hours: number;
  /** What a trial of an arm brings in an hour. */
  readonly reward: (arm: string, hour: number, random: () => number) => number;
  /** What it brings on average. */
  readonly worth: (arm: string, hour: number) => number;
}

/** Shares are worked out hourly, as a job would; fifty visits an hour. Lost against always the best arm, per visit, by the bandit and by even shares; and what weighting by propensities says of each arm. */
function play({ settings, halfLifeMs, hours, reward, worth }: World, seed: string) {
  const random = createSeededSource(seed);
  let stats = new Map<string, ArmStats>(ARMS.map((arm) => [arm, createArm(arm, 0 as Instant)]));
  let [lost, lostEven, visits] = [0, 0, 0];
  const weighted = new Map<string, number>(ARMS.map((arm) => [arm, 0]));
  for (let hour = 0; hour < hours; hour++) {
    const shares: readonly ArmShare[] = shareTraffic([...stats.values()], settings);
    const next = new Map(stats);
    const best = Math.max(...ARMS.map((arm) => worth(arm, hour)));
    for (let visit = 0; visit < 50; visit++) {
      const chosen = chooseArm(shares, `${seed} ${hour} ${visit}`);
      if (!chosen) throw new Error('no arm');
      const brought = reward(chosen.arm, hour, random);
      const at = (hour * HOUR + visit) as Instant;
      next.set(chosen.arm, updateArm(next.get(chosen.arm) as ArmStats, { trials: 1, reward: brought, at }, halfLifeMs));
      weighted.set(chosen.arm, (weighted.get(chosen.arm) as number) + brought / chosen.propensity);
      lost += best - worth(chosen.arm, hour);
      lostEven += best - ARMS.reduce((sum, arm) => sum + worth(arm, hour) / ARMS.length, 0);
      visits++;
    }
    stats = next;
  }
  return {
    lost: lost / visits,
    lostEven: lostEven / visits,
    estimate: (arm: string) => (weighted.get(arm) as number) / visits,
  };
}

const RATES: Readonly<Record<string, number>> = { a: 0.04, b: 0.05, c: 0.1, d: 0.06 };
const conversions: World = {
  settings: { reward: 'conversion', priorOf: () => FLAT_PRIOR, exploration: 0.05, draws: 500 },
  halfLifeMs: null,
  hours: 100,
  reward: (arm, _hour, random) => (random() < (RATES[arm] as number) ? 1 : 0),
  worth: (arm) => RATES[arm] as number,
};

it.each(['one', 'two', 'three'])('conversions: less than half of what even shares lose is lost (%s)', (seed) => {
  const { lost, lostEven } = play(conversions, seed);
  expect(lost).toBeLessThan(0.5 * lostEven);
});

it('revenue: the same, with amounts that vary much', () => {
  const world: World = {
    ...conversions,
    settings: {
      reward: 'revenue',
      priorOf: () => ({ mean: 2, variance: 100, strength: 2 }),
      exploration: 0.05,
      draws: 500,
    },
    hours: 150,
    reward: (arm, _hour, random) => (random() < 0.1 ? (arm === 'c' ? 60 : 20) * (0.5 + random()) : 0),
    worth: (arm) => (arm === 'c' ? 6 : 2),
  };
  const { lost, lostEven } = play(world, 'revenue');
  expect(lost).toBeLessThan(0.5 * lostEven);
});

it('when the best arm changes, one that forgets follows and loses less than one that does not', () => {
  const turned = (arm: string, hour: number) =>
    (hour < 150 ? RATES[arm] : RATES[arm === 'c' ? 'a' : arm === 'a' ? 'c' : arm]) as number;
  const world: World = {
    ...conversions,
    hours: 300,
    reward: (arm, hour, random) => (random() < turned(arm, hour) ? 1 : 0),
    worth: turned,
  };
  const forgets = play({ ...world, halfLifeMs: 24 * HOUR }, 'turn');
  const remembers = play(world, 'turn');
  expect(forgets.lost).toBeLessThan(remembers.lost);
  expect(forgets.lost).toBeLessThan(0.6 * forgets.lostEven);
});

it('logged propensities are right: results weighted by them give the worth of every arm, also of those that were seldom chosen', () => {
  const runs = Array.from({ length: 10 }, (_, i) =>
    play(
      { ...conversions, hours: 60, settings: { ...conversions.settings, exploration: 0.2, draws: 200 } },
      `weigh ${i}`,
    ),
  );
  for (const arm of ARMS) {
    const mean = runs.reduce((sum, { estimate }) => sum + estimate(arm), 0) / runs.length;
    expect(Math.abs(mean - (RATES[arm] as number))).toBeLessThan(0.015);
  }
});
