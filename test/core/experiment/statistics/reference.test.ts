import { describe, expect, it } from 'vitest';
import { alwaysValidP, sequenceHalfWidth } from '../../../../core/experiment/statistics/confidence-sequence.ts';
import { adjustByHistory } from '../../../../core/experiment/statistics/cuped.ts';
import {
  chiSquaredTail,
  logGamma,
  normalPoint,
  normalTail,
} from '../../../../core/experiment/statistics/distributions.ts';
import { liftOf } from '../../../../core/experiment/statistics/lift.ts';
import { benjaminiHochberg, bonferroni } from '../../../../core/experiment/statistics/many-tests.ts';
import { meanOf, rateOf, type Sample } from '../../../../core/experiment/statistics/sample.ts';
import { sampleRatio } from '../../../../core/experiment/statistics/sample-ratio.ts';
import { daysNeeded, unitsForAnyLook, unitsForOneLook } from '../../../../core/experiment/statistics/sample-size.ts';

describe('distributions, by printed tables', () => {
  it.each([
    [1.959963985, 0.05],
    [2.575829304, 0.01],
    [3.290526731, 0.001],
    [0, 1],
  ])('normal: |z| above %d has %d', (z, p) => {
    expect(normalTail(z)).toBeCloseTo(p, 9);
    expect(normalTail(-z)).toBeCloseTo(p, 9);
    if (p < 1) expect(normalPoint(1 - p / 2)).toBeCloseTo(z, 8);
  });

  it.each([
    [3.841, 1, 0.05],
    [10.828, 1, 0.001],
    [5.991, 2, 0.05],
    [13.816, 2, 0.001],
    [18.307, 10, 0.05],
    [124.342, 100, 0.05],
  ])('chi-squared: above %d with %i degrees', (statistic, degrees, p) => {
    expect(chiSquaredTail(statistic, degrees)).toBeCloseTo(p, p < 0.01 ? 6 : 4);
  });

  it.each([
    [1, 0],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [10, Math.log(362_880)],
    [0.1, 2.252712651734206],
    [100, 359.1342053695754],
  ])('log gamma of %d', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });
});

/** Counts and results of the published tests of GrowthBook's gbstats (packages/stats/tests/frequentist/test_tests.py), to the five digits given there. */
describe("GrowthBook's published numbers", () => {
  const control = meanOf({ units: 3000, sum: 1396.87, sumOfSquares: 52_377.9767 });
  const variant = meanOf({ units: 3461, sum: 2422.7, sumOfSquares: 134_698.29 });
  const relative = (a: Sample, b: Sample, tunedFor: number) => {
    const lift = liftOf(a, b, { alpha: 0.05, tunedFor })?.relative;
    return lift && [lift.value, lift.standardError, lift.low, lift.high].map((each) => Number(each.toFixed(5)));
  };

  it('sequential test of means', () => {
    expect(relative(control, variant, 1000)).toEqual([0.50336, 0.33341, -0.55844, 1.56516]);
  });

  it('sequential test of rates', () => {
    expect(relative(rateOf(3000, 1396), rateOf(3461, 2422), 5000)).toEqual([0.50386, 0.03386, 0.40098, 0.60675]);
    expect(liftOf(rateOf(3000, 1396), rateOf(3461, 2422))?.p).toBeLessThan(1e-5);
  });

  it('relative and absolute difference with their errors', () => {
    const other = meanOf({ units: 3407, sum: 1396.87, sumOfSquares: 52_377.9767 });
    const lift = liftOf(other, variant);
    expect(lift?.relative?.value).toBeCloseTo(0.70732, 5);
    expect(lift?.relative?.standardError).toBeCloseTo(0.37879, 5);
    expect(lift?.absolute.value).toBeCloseTo(0.29, 5);
    expect(lift?.absolute.standardError).toBeCloseTo(0.12478, 5);
    const shares = liftOf(rateOf(28, 14), rateOf(30, 16))?.relative;
    expect(shares?.value).toBeCloseTo(0.06667, 5);
    expect(shares?.standardError).toBeCloseTo(0.2717, 5);
  });

  it('sequential test after an adjustment by history', () => {
    const shared = { conversions: 0, cross: 1 };
    const { samples } = adjustByHistory(
      [
        { ...shared, units: 3000, sum: 1396.87, sumOfSquares: 52_377.9767, preSum: 16.87, preSumOfSquares: 527.9767 },
        { ...shared, units: 3461, sum: 2422.7, sumOfSquares: 134_698.29, preSum: 22.7, preSumOfSquares: 1348.29 },
      ],
      'revenue',
    );
    const found = liftOf(samples[0] as Sample, samples[1] as Sample)?.relative;
    // Their lift is a share of the mean before the adjustment, ours of the one after it: the fifth digit may differ.
    expect(found?.value).toBeCloseTo(0.50338, 4);
    expect(found?.standardError).toBeCloseTo(0.33341, 4);
    expect(found?.low).toBeCloseTo(-0.50969, 4);
    expect(found?.high).toBeCloseTo(1.51646, 4);
  });

  it('an interval is narrowest near the number of people that it was tuned for', () => {
    const width = (tunedFor: number) => sequenceHalfWidth(1, 6461, { alpha: 0.05, tunedFor });
    expect(width(6461)).toBeLessThan(width(10_000));
    expect(width(10_000)).toBeLessThan(width(10));
  });
});

it('the p-value reaches alpha exactly where the interval reaches nothing', () => {
  for (const tunedFor of [500, 5000]) {
    for (const n of [100, 5000, 200_000]) {
      const settings = { alpha: 0.05, tunedFor };
      const half = sequenceHalfWidth(0.01, n, settings);
      expect(alwaysValidP(half, 0.01, n, settings)).toBeCloseTo(0.05, 10);
      expect(alwaysValidP(half * 1.01, 0.01, n, settings)).toBeLessThan(0.05);
    }
  }
  expect(alwaysValidP(1, 0, 100)).toBe(1);
  expect(alwaysValidP(0, 1, 100)).toBe(1);
});

describe('sample ratio', () => {
  it('of the example in Kohavi, Tang and Xu, "Trustworthy Online Controlled Experiments", chapter 3: 821,588 against 815,482', () => {
    const { p, alarm, ready, sequentialP } = sampleRatio([821_588, 815_482], [0.5, 0.5]);
    expect(p).toBeCloseTo(1.8e-6, 7);
    expect([alarm, ready]).toEqual([true, true]);
    expect(sequentialP).toBeLessThan(0.001);
  });

  it("of peas, Mendel's: 315, 108, 101, 32 against 9:3:3:1", () => {
    const { chiSquared, p, expected } = sampleRatio([315, 108, 101, 32], [9 / 16, 3 / 16, 3 / 16, 1 / 16]);
    expect(chiSquared).toBeCloseTo(0.47, 2);
    expect(p).toBeCloseTo(0.9254, 4);
    expect(expected).toEqual([312.75, 104.25, 104.25, 34.75]);
  });

  it("of GrowthBook's published cases: halves of a thousand are fine, a tenth is not", () => {
    expect(sampleRatio([500, 500], [0.5, 0.5]).sequentialP).toBeGreaterThan(0.05);
    expect(sampleRatio([100, 900], [0.5, 0.5]).sequentialP).toBeLessThan(0.05);
    expect(sampleRatio([0, 0], [0.5, 0.5])).toMatchObject({ p: 1, sequentialP: 1, ready: false, alarm: false });
  });

  it('of few people is no alarm, however they fall; variants without weight are left out', () => {
    expect(sampleRatio([50, 0], [0.5, 0.5])).toMatchObject({ ready: false, alarm: false });
    expect(sampleRatio([500, 7, 500], [0.5, 0, 0.5])).toMatchObject({ people: 1000, chiSquared: 0, alarm: false });
    expect(sampleRatio([500], [1])).toMatchObject({ p: 1, sequentialP: 1, alarm: false });
    // Weights need not add up to 1 here.
    expect(sampleRatio([100, 300], [1, 3])).toMatchObject({ chiSquared: 0, ready: true, alarm: false });
  });
});

describe('many tests', () => {
  // The fifteen p-values of Benjamini and Hochberg 1995, table in section 4.
  const ps = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];

  it('as in the paper: Bonferroni rejects three hypotheses at 0.05, Benjamini and Hochberg four', () => {
    expect(bonferroni(ps).filter((p) => p <= 0.05)).toHaveLength(3);
    expect(benjaminiHochberg(ps).filter((p) => p <= 0.05)).toHaveLength(4);
  });

  it('in the order given, never above 1, never below what was given', () => {
    const mixed = [...ps].reverse();
    expect(benjaminiHochberg(mixed)).toEqual(benjaminiHochberg(ps).reverse());
    for (const correct of [bonferroni, benjaminiHochberg]) {
      correct(mixed).forEach((p, i) => {
        expect(p).toBeGreaterThanOrEqual(mixed[i] as number);
        expect(p).toBeLessThanOrEqual(1);
      });
      expect(correct([])).toEqual([]);
      expect(correct([0.03])).toEqual([0.03]);
    }
  });

  it("as R's p.adjust", () => {
    expect(benjaminiHochberg([0.01, 0.02, 0.03, 0.04, 0.05]).map((p) => Number(p.toFixed(6)))).toEqual(
      new Array(5).fill(0.05),
    );
  });
});

describe('how many people', () => {
  it("as R's power.prop.test", () => {
    expect(unitsForOneLook({ mean: 0.5, lift: 0.5, power: 0.9 })).toBeCloseTo(76.7, 1);
    expect(unitsForOneLook({ mean: 0.2, lift: 0.25 })).toBeCloseTo(1093.739, 2);
    expect(unitsForOneLook({ mean: 0.2, lift: -0.25 })).toBeCloseTo(905.3, 0);
  });

  it('of a mean as the textbook has it: 16 variances by the square of the difference (Lehr 1992), nearly', () => {
    expect(unitsForOneLook({ mean: 10, variance: 25, lift: 0.1 })).toBeCloseTo(2 * 25 * 7.849, 0);
  });

  it('to look at any time costs more, and not three times more', () => {
    for (const mean of [0.02, 0.2]) {
      const [once, always] = [unitsForOneLook({ mean, lift: 0.1 }), unitsForAnyLook({ mean, lift: 0.1 })];
      expect(always).toBeGreaterThan(1.3 * once);
      expect(always).toBeLessThan(3 * once);
    }
  });

  it('takes as many days as its smallest variant, whole weeks from a week on', () => {
    expect(daysNeeded(1094, 1000, 1, [0.5, 0.5])).toBe(3);
    expect(daysNeeded(1094, 500, 0.5, [0.5, 0.5])).toBe(14);
    expect(daysNeeded(1000, 1000, 1, [0.9, 0.1, 0])).toBe(14);
    expect(daysNeeded(1, 0, 1, [0.5, 0.5])).toBe(Number.POSITIVE_INFINITY);
  });
});
