import { describe, expect, it } from 'vitest';
import { type ArmStats, createArm, joinArms, updateArm } from '../../../../core/experiment/bandit/arm.ts';
import { chooseArm } from '../../../../core/experiment/bandit/choose-arm.ts';
import { contextPrior } from '../../../../core/experiment/bandit/context-prior.ts';
import {
  type ArmPrior,
  FLAT_PRIOR,
  posteriorDraws,
  type Reward,
} from '../../../../core/experiment/bandit/posterior.ts';
import { createSeededSource } from '../../../../core/experiment/bandit/seeded-source.ts';
import { shareTraffic, type TrafficSettings } from '../../../../core/experiment/bandit/share-traffic.ts';
import type { Instant } from '../../../../core/lib/ids.ts';

const DAY = 86_400_000;
const at = (ms: number) => ms as Instant;
const SETTINGS: TrafficSettings = { reward: 'conversion', priorOf: () => FLAT_PRIOR, exploration: 0.1, draws: 2000 };

function armOf(arm: string, trials: number, sum: number, sumOfSquares = sum): ArmStats {
  return { arm, trials, sum, sumOfSquares, at: at(0) };
}

const sharesOf = (arms: readonly ArmStats[], change: Partial<TrafficSettings> = {}) =>
  Object.fromEntries(shareTraffic(arms, { ...SETTINGS, ...change }).map(({ arm, share }) => [arm, share]));

describe('the seeded source', () => {
  it('gives the same numbers for the same seed, others for another', () => {
    const numbers = (seed: string) => Array.from({ length: 5 }, createSeededSource(seed));
    expect(numbers('a')).toEqual(numbers('a'));
    expect(numbers('a')).not.toEqual(numbers('b'));
  });

  it('is even, also in the first number of many seeds', () => {
    for (const source of [
      createSeededSource('x'),
      (() => {
        let i = 0;
        return () => createSeededSource(`prf_${i++} req_${i}`)();
      })(),
    ]) {
      const cells = new Array<number>(100).fill(0);
      for (let i = 0; i < 50_000; i++) {
        const cell = Math.floor(source() * 100);
        cells[cell] = (cells[cell] as number) + 1;
      }
      // Upper 99.99 % point of chi-squared with 99 degrees of freedom.
      expect(cells.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)).toBeLessThan(161.3);
    }
  });
});

describe('what may be true of an arm', () => {
  const moments = (stats: ArmStats, prior: ArmPrior, reward: Reward) => {
    const draw = posteriorDraws(stats, prior, reward, createSeededSource('moments'));
    const draws = Array.from({ length: 40_000 }, draw);
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    return { mean, variance: draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length };
  };

  it('of conversions is a Beta distribution: mean a / (a + b), variance a b / ((a + b)^2 (a + b + 1))', () => {
    const { mean, variance } = moments(armOf('a', 18, 6), { mean: 0.25, variance: 1, strength: 4 }, 'conversion');
    expect(mean).toBeCloseTo(7 / 22, 2);
    expect(variance).toBeCloseTo((7 * 15) / (22 ** 2 * 23), 3);
  });

  it('of revenue is a normal-inverse-gamma one: the mean is a t distribution, here with 14 degrees of freedom', () => {
    const { mean, variance } = moments(armOf('a', 10, 50, 260), { mean: 0, variance: 4, strength: 2 }, 'revenue');
    // Murphy 2007, equations 86 to 90: 12 trials' weight, shape 7, rate (4 * 4 + 10 + 2 * 10 * 25 / 12) / 2.
    const rate = (16 + 10 + 500 / 12) / 2;
    expect(mean).toBeCloseTo(50 / 12, 1);
    expect(variance / (rate / (6 * 12))).toBeGreaterThan(0.95);
    expect(variance / (rate / (6 * 12))).toBeLessThan(1.05);
  });
});

describe('shares of traffic', () => {
  it('add up to 1, are the same for the same record, and leave no arm below its part of the exploration', () => {
    const arms = [armOf('b', 1000, 10), armOf('a', 1000, 200), armOf('c', 0, 0)];
    const shares = shareTraffic(arms, SETTINGS);
    expect(shareTraffic([...arms].reverse(), SETTINGS)).toEqual(shares);
    expect(shares.map(({ arm }) => arm)).toEqual(['a', 'b', 'c']);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    for (const { share } of shares) expect(share).toBeGreaterThanOrEqual(0.1 / 3 - 1e-12);
  });

  it('are even for arms that nobody tried, all for one arm, none for none', () => {
    const cold = sharesOf(['a', 'b', 'c', 'd'].map((arm) => armOf(arm, 0, 0)));
    for (const share of Object.values(cold)) expect(share).toBeCloseTo(0.25, 1);
    expect(sharesOf([armOf('a', 5, 1)])).toEqual({ a: 1 });
    expect(shareTraffic([], SETTINGS)).toEqual([]);
  });

  it('are the chance that an arm is the best: two Beta posteriors by the closed form', () => {
    // P(B > A) for A ~ Beta(1 + 20, 1 + 80), B ~ Beta(1 + 30, 1 + 70), by Evan Miller's sum.
    const logBeta = (a: number, b: number) => {
      let log = 0;
      for (let i = 1; i < b; i++) log += Math.log(i) - Math.log(a + i - 1);
      return log - Math.log(a + b - 1);
    };
    let better = 0;
    for (let i = 0; i < 31; i++)
      better += Math.exp(logBeta(21 + i, 71 + 81) - Math.log(71 + i) - logBeta(1 + i, 71) - logBeta(21, 81));
    const { b } = sharesOf([armOf('a', 100, 20), armOf('b', 100, 30)], { exploration: 0, draws: 40_000 });
    expect(b).toBeCloseTo(better, 2);
  });

  it('go to the arm that brings more money, though it converts less often', () => {
    const often = armOf('often', 2000, 200 * 5, 200 * 25);
    const much = armOf('much', 2000, 40 * 100, 40 * 10_000);
    const prior: ArmPrior = { mean: 1, variance: 100, strength: 2 };
    expect(sharesOf([often, much], { reward: 'revenue', priorOf: () => prior }).much).toBeGreaterThan(0.9);
  });

  it('stay finite where conversions came before their trials, or nothing varies', () => {
    for (const arms of [
      [armOf('a', 2, 5), armOf('b', 3, 0)],
      [armOf('a', 3, 3), armOf('b', 3, 3)],
    ]) {
      for (const reward of ['conversion', 'revenue'] as const) {
        expect(Object.values(sharesOf(arms, { reward })).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      }
    }
  });
});

describe('choosing', () => {
  const shares = shareTraffic([armOf('a', 100, 20), armOf('b', 100, 25), armOf('c', 100, 5)], SETTINGS);

  it('is the same for the same decision, and as frequent as it says', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const seed = `prf_${i % 500} req_${i}`;
      const chosen = chooseArm(shares, seed);
      expect(chooseArm(shares, seed)).toEqual(chosen);
      expect(chosen?.propensity).toBeCloseTo(shares.find(({ arm }) => arm === chosen?.arm)?.share ?? -1, 12);
      counts.set(chosen?.arm as string, (counts.get(chosen?.arm as string) ?? 0) + 1);
    }
    const statistic = shares.reduce(
      (sum, { arm, share }) => sum + ((counts.get(arm) ?? 0) - 10_000 * share) ** 2 / (10_000 * share),
      0,
    );
    // Upper 99.99 % point of chi-squared with 2 degrees of freedom.
    expect(statistic).toBeLessThan(18.42);
  });

  it('among those that may be shown keeps their proportions, and its propensities add up to 1', () => {
    const open = shares.filter(({ arm }) => arm !== 'b');
    const told = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const chosen = chooseArm(open, String(i));
      if (chosen) told.set(chosen.arm, chosen.propensity);
    }
    expect([...told.keys()].sort()).toEqual(['a', 'c']);
    expect([...told.values()].reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
  });

  it('of none is none; of arms without any share is even; an arm without a share is never chosen beside others', () => {
    expect(chooseArm([], 'x')).toBeNull();
    expect(
      chooseArm(
        [
          { arm: 'a', share: 0 },
          { arm: 'b', share: 0 },
        ],
        'x',
      )?.propensity,
    ).toBe(0.5);
    for (let i = 0; i < 200; i++)
      expect(
        chooseArm(
          [
            { arm: 'a', share: 0 },
            { arm: 'b', share: 0.3 },
          ],
          `${i}`,
        ),
      ).toEqual({ arm: 'b', propensity: 1 });
  });
});

describe('what an arm remembers', () => {
  it('does not depend on the order in which outcomes come', () => {
    const outcomes = [
      { trials: 1, reward: 0, at: at(3 * DAY) },
      { trials: 1, reward: 1, at: at(DAY) },
      { trials: 0, reward: 1, at: at(7 * DAY) },
    ];
    const fold = (all: typeof outcomes) =>
      all.reduce((stats, outcome) => updateArm(stats, outcome, 2 * DAY), createArm('a', at(0)));
    const [one, other] = [fold(outcomes), fold([...outcomes].reverse())];
    expect(one.at).toBe(other.at);
    for (const member of ['trials', 'sum', 'sumOfSquares'] as const) expect(one[member]).toBeCloseTo(other[member], 12);
  });

  it('is halved by each half-life, or kept for ever', () => {
    const old = updateArm(createArm('a', at(0)), { trials: 8, reward: 4, at: at(0) }, DAY);
    expect(updateArm(old, { trials: 0, reward: 0, at: at(2 * DAY) }, DAY)).toMatchObject({
      trials: 2,
      sum: 1,
      sumOfSquares: 4,
    });
    expect(updateArm(old, { trials: 0, reward: 0, at: at(2 * DAY) }, null)).toMatchObject({ trials: 8, sum: 4 });
  });

  it('is the same from two rollups as from one', () => {
    const one = updateArm(createArm('a', at(0)), { trials: 1, reward: 3, at: at(DAY) }, DAY);
    const other = updateArm(createArm('a', at(0)), { trials: 1, reward: 2, at: at(4 * DAY) }, DAY);
    const both = updateArm(one, { trials: 1, reward: 2, at: at(4 * DAY) }, DAY);
    const joined = joinArms(one, other, DAY);
    for (const member of ['trials', 'sum', 'sumOfSquares', 'at'] as const)
      expect(joined[member]).toBeCloseTo(both[member], 12);
    expect(joinArms(other, one, DAY)).toEqual(joined);
  });
});

describe('a bucket of context', () => {
  it('starts from what the arm did everywhere, worth a few trials at most', () => {
    const prior = contextPrior(armOf('a', 1000, 100), 'conversion', 20, FLAT_PRIOR);
    expect(prior.mean).toBeCloseTo(0.1, 2);
    expect(prior.strength).toBe(20);
    expect(contextPrior(armOf('a', 5, 1), 'conversion', 20, FLAT_PRIOR).strength).toBe(5);
    expect(contextPrior(null, 'conversion', 20, FLAT_PRIOR)).toBe(FLAT_PRIOR);
    const late = contextPrior(armOf('a', 5, 9), 'conversion', 20, FLAT_PRIOR);
    expect(late.mean).toBeLessThan(1);
    expect(
      contextPrior(armOf('a', 10, 500, 50_000), 'revenue', 20, { mean: 1, variance: 1, strength: 1 }).mean,
    ).toBeGreaterThan(40);
  });

  it('is warm: the arm that won elsewhere leads from the first decision, and its own record overrules that', () => {
    const overall = new Map([
      ['a', armOf('a', 1000, 300)],
      ['b', armOf('b', 1000, 100)],
    ]);
    const priorOf = (arm: string) => contextPrior(overall.get(arm) ?? null, 'conversion', 20, FLAT_PRIOR);
    expect(sharesOf([armOf('a', 0, 0), armOf('b', 0, 0)], { priorOf }).a).toBeGreaterThan(0.8);
    expect(sharesOf([armOf('a', 200, 10), armOf('b', 200, 60)], { priorOf }).b).toBeGreaterThan(0.9);
  });
});
