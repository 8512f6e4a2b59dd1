import { expect, it } from 'vitest';
import { createSeededSource } from '../../../../core/experiment/bandit/seeded-source.ts';
import { adjustByHistory } from '../../../../core/experiment/statistics/cuped.ts';
import { liftOf } from '../../../../core/experiment/statistics/lift.ts';
import { rateOf, type Sample, type VariantCounts } from '../../../../core/experiment/statistics/sample.ts';
import { sampleRatio } from '../../../../core/experiment/statistics/sample-ratio.ts';

const LOOKS = 50;
const ALPHA = 0.05;
const SETTINGS = { alpha: ALPHA, tunedFor: 10_000 };

type Counts = { -readonly [K in keyof VariantCounts]: VariantCounts[K] };

function nothing(): Counts {
  return { units: 0, conversions: 0, sum: 0, sumOfSquares: 0, preSum: 0, preSumOfSquares: 0, cross: 0 };
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function add(counts: Counts, x: number, pre: number): void {
  counts.units++;
  if (x !== 0) counts.conversions++;
  counts.sum += x;
  counts.sumOfSquares += x * x;
  counts.preSum += pre;
  counts.preSumOfSquares += pre * pre;
  counts.cross += x * pre;
}

it('looked at fifty times, a rate that nothing changed is called changed in at most alpha of 2,000 tests; looked at by a fixed test, far more often', () => {
  const random = createSeededSource('peeking at rates');
  let wrong = 0;
  let wrongOnce = 0;
  for (let test = 0; test < 2000; test++) {
    const [a, b] = [nothing(), nothing()];
    let [ever, once] = [false, false];
    for (let look = 0; look < LOOKS; look++) {
      for (const counts of [a, b]) {
        for (let unit = 0; unit < 200; unit++) if (random() < 0.1) counts.conversions++;
        counts.units += 200;
      }
      const lift = liftOf(rateOf(a.units, a.conversions), rateOf(b.units, b.conversions), SETTINGS);
      if (lift && lift.p <= ALPHA) ever = true;
      if (lift && Math.abs(lift.absolute.value) > 1.96 * lift.absolute.standardError) once = true;
    }
    if (ever) wrong++;
    if (once) wrongOnce++;
  }
  expect(wrong / 2000).toBeLessThanOrEqual(ALPHA);
  expect(wrong).toBeGreaterThan(0);
  expect(wrongOnce / 2000).toBeGreaterThan(0.2);
});

it('revenue that most people do not bring and few bring much of: the interval of a real difference holds the truth at all of fifty looks, absolute and relative', () => {
  const random = createSeededSource('covering revenue');
  const spend = (rate: number) => (random() < rate ? Math.exp(3 + 0.8 * normal(random)) : 0);
  const mean = 0.1 * Math.exp(3 + 0.32);
  const tests = 400;
  let [missed, missedShare] = [0, 0];
  for (let test = 0; test < tests; test++) {
    const [a, b] = [nothing(), nothing()];
    let [out, outShare] = [false, false];
    for (let look = 0; look < LOOKS; look++) {
      for (let unit = 0; unit < 200; unit++) {
        add(a, spend(0.1), 0);
        add(b, spend(0.12), 0);
      }
      const [control, variant] = adjustByHistory([a, b], 'revenue').samples as [Sample, Sample];
      const lift = liftOf(control, variant, SETTINGS);
      const truth = 0.2 * mean;
      if (lift && (truth < lift.absolute.low || truth > lift.absolute.high)) out = true;
      if (lift?.relative && (lift.relative.low > 0.2 || lift.relative.high < 0.2)) outShare = true;
    }
    if (out) missed++;
    if (outShare) missedShare++;
  }
  expect(missed / tests).toBeLessThanOrEqual(ALPHA);
  expect(missedShare / tests).toBeLessThanOrEqual(ALPHA);
});

it.each([0, 0.3, 0.6, 0.9])(
  'history that correlates by %d takes its square off the variance, and nothing off the mean',
  (rho) => {
    const random = createSeededSource(`history ${rho}`);
    const [a, b] = [nothing(), nothing()];
    for (let unit = 0; unit < 40_000; unit++) {
      for (const [counts, effect] of [
        [a, 0],
        [b, 0.2],
      ] as const) {
        const pre = normal(random);
        add(counts, 5 + effect + rho * pre + Math.sqrt(1 - rho * rho) * normal(random), 3 + pre);
      }
    }
    const { samples, correlation, theta } = adjustByHistory([a, b], 'revenue');
    const [control, variant] = samples as [Sample, Sample];
    expect(correlation).toBeCloseTo(rho, 1);
    expect(theta).toBeCloseTo(rho, 1);
    for (const sample of [control, variant]) expect(Math.abs(sample.variance - (1 - rho * rho))).toBeLessThan(0.02);
    expect(control.mean).toBeCloseTo(5, 1);
    expect(Math.abs(variant.mean - control.mean - 0.2)).toBeLessThan(0.03);
  },
);

it('an adjustment does not raise false alarms, and needs fewer people for a true one', () => {
  const random = createSeededSource('history and peeking');
  const tests = 400;
  let [wrong, found, foundPlain] = [0, 0, 0];
  for (let test = 0; test < tests; test++) {
    const [a, same, better] = [nothing(), nothing(), nothing()];
    let [ever, seen, seenPlain] = [false, false, false];
    for (let look = 0; look < 20; look++) {
      for (let unit = 0; unit < 100; unit++) {
        for (const [counts, effect] of [
          [a, 0],
          [same, 0],
          [better, 0.12],
        ] as const) {
          const pre = normal(random);
          add(counts, 1 + effect + 0.8 * pre + 0.6 * normal(random), pre);
        }
      }
      const [control, equal, good] = adjustByHistory([a, same, better], 'revenue').samples as [Sample, Sample, Sample];
      const settings = { alpha: ALPHA, tunedFor: 4000 };
      if ((liftOf(control, equal, settings)?.p ?? 1) <= ALPHA) ever = true;
      if ((liftOf(control, good, settings)?.p ?? 1) <= ALPHA) seen = true;
      const plain = (counts: Counts): Sample =>
        adjustByHistory([{ ...counts, preSum: 0, preSumOfSquares: 0, cross: 0 }], 'revenue').samples[0] as Sample;
      if ((liftOf(plain(a), plain(better), settings)?.p ?? 1) <= ALPHA) seenPlain = true;
    }
    if (ever) wrong++;
    if (seen) found++;
    if (seenPlain) foundPlain++;
  }
  expect(wrong / tests).toBeLessThanOrEqual(ALPHA);
  expect(found).toBeGreaterThan(foundPlain + tests / 10);
});

it('a sample ratio that is right, looked at daily for sixty days, alarms in less than two of a hundred tests; one that is wrong by two in a hundred is found', () => {
  const random = createSeededSource('sample ratios');
  const tests = 1000;
  let [wrong, wrongSequential, found] = [0, 0, 0];
  for (let test = 0; test < tests; test++) {
    const [right, skewed] = [
      [0, 0],
      [0, 0],
    ] as [number[], number[]];
    let [ever, everSequential, seen] = [false, false, false];
    for (let day = 0; day < 60; day++) {
      for (let unit = 0; unit < 200; unit++) {
        const n = random();
        right[n < 0.5 ? 0 : 1] = (right[n < 0.5 ? 0 : 1] as number) + 1;
        skewed[n < 0.52 ? 0 : 1] = (skewed[n < 0.52 ? 0 : 1] as number) + 1;
      }
      const ratio = sampleRatio(right, [0.5, 0.5]);
      if (ratio.alarm) ever = true;
      if (ratio.sequentialP <= 0.01) everSequential = true;
      if (sampleRatio(skewed, [0.5, 0.5]).alarm) seen = true;
    }
    if (ever) wrong++;
    if (everSequential) wrongSequential++;
    if (seen) found++;
  }
  expect(wrong / tests).toBeLessThan(0.02);
  expect(wrongSequential / tests).toBeLessThanOrEqual(0.01);
  expect(found / tests).toBeGreaterThan(0.8);
});
