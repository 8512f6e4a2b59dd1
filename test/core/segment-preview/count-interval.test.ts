import { describe, expect, it } from 'vitest';
import { binomialDistribution, hypergeometricDistribution } from '../../../core/segment/preview/count-distribution.ts';
import { finiteCountInterval, limitCountInterval } from '../../../core/segment/preview/count-interval.ts';
import { siphash24 } from '../../../core/segment/preview/siphash.ts';

describe('SipHash-2-4', () => {
  const key = Uint8Array.from({ length: 16 }, (_, i) => i);
  // Inputs 00, 00 01, …: the vectors that come with the reference code; the one of 15 bytes is in the paper.
  it.each([
    [0, '726fdb47dd0e0e31'],
    [1, '74f839c593dc67fd'],
    [2, '0d6c8009d9a94f5a'],
    [3, '85676696d7fb7e2d'],
    [8, '93f5f5799a932462'],
    [15, 'a129ca6149be45e5'],
  ])('of %i bytes', (length, expected) => {
    const { high, low } = siphash24(
      key,
      Uint8Array.from({ length }, (_, i) => i),
    );
    expect(high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')).toBe(expected);
  });
});

/** Values of scipy 1.17.1 (`scipy.stats`: binom, hypergeom), which the tests do not need to run. */
describe('probabilities as scipy gives them', () => {
  it.each([
    [0, 10, 0.3, 0.0282475249],
    [5, 10, 0.5, 0.24609375],
    [3, 3, 0.2, 0.008],
    [50, 1000, 0.05, 0.05778798371410715],
    [5000, 1_000_000, 0.005, 0.00565595942005053],
    [5000, 5_000_000_000, 1e-6, 0.005641804625567045],
  ])('binomial(%i of %i, %d)', (count, trials, share, expected) => {
    expect(binomialDistribution(trials, share).probability(count) / expected).toBeCloseTo(1, 7);
  });

  it.each([
    [0, 50, 5, 10, 0.3105627820045686],
    [2, 50, 5, 10, 0.2098397175706545],
    [5, 50, 5, 10, 0.00011893749174045195],
    [1, 1000, 7, 100, 0.3736285672108308],
    [7, 1000, 7, 100, 8.239402237387991e-8],
    [3, 1_000_000, 500, 5000, 0.21441199722176146],
    [100, 1_000_000_000, 20_000_000, 5000, 0.04026576381928379],
  ])('hypergeometric(%i; %i, %i, %i)', (count, population, marked, drawn, expected) => {
    expect(hypergeometricDistribution(population, marked, drawn).probability(count) / expected).toBeCloseTo(1, 6);
  });

  it('steps are ratios of neighbours, and all sums to 1', () => {
    for (const distribution of [binomialDistribution(40, 0.3), hypergeometricDistribution(60, 45, 30)]) {
      let sum = 0;
      for (let i = distribution.min; i <= distribution.max; i++) {
        sum += distribution.probability(i);
        expect(distribution.probability(i)).toBeLessThanOrEqual(distribution.probability(distribution.mode) + 1e-15);
        if (i === distribution.max) continue;
        expect(distribution.step(i)).toBeCloseTo(distribution.probability(i + 1) / distribution.probability(i), 9);
      }
      expect(sum).toBeCloseTo(1, 12);
    }
  });
});

describe('finiteCountInterval', () => {
  // Inversion by counting through scipy's hypergeom.
  it.each([
    [0, 10, 100, 0, 29],
    [1, 10, 100, 1, 42],
    [5, 10, 100, 20, 80],
    [10, 10, 100, 71, 100],
    [0, 500, 10_000, 0, 71],
    [3, 500, 10_000, 14, 171],
    [250, 500, 10_000, 4564, 5436],
    [0, 5000, 20_000, 0, 12],
    [2, 5000, 20_000, 2, 26],
    [1, 2, 4, 1, 3],
    [0, 1, 2, 0, 1],
  ])('%i of %i out of %i', (found, drawn, population, low, high) => {
    expect(finiteCountInterval(found, drawn, population, 0.95)).toEqual({ low, high });
  });

  it.each([0.02, 0.3, 0.8])('holds every number that neither tail refuses, at a confidence of %d', (confidence) => {
    const [population, drawn] = [40, 12];
    const tail = (1 - confidence) / 2;
    for (let found = 0; found <= drawn; found++) {
      const kept: number[] = [];
      for (let marked = found; marked <= population - (drawn - found); marked++) {
        const { probability } = hypergeometricDistribution(population, marked, drawn);
        let [below, above] = [0, 0];
        for (let i = 0; i <= drawn; i++) {
          if (i <= found) below += probability(i);
          if (i >= found) above += probability(i);
        }
        if (below > tail && above > tail) kept.push(marked);
      }
      expect(finiteCountInterval(found, drawn, population, confidence)).toEqual({ low: kept[0], high: kept.at(-1) });
    }
  });

  // Clopper-Pearson as R's binom.test prints it; a huge population is as good as an endless one.
  it.each([
    [0, 10, 0, 0.3084971],
    [1, 10, 0.002528579, 0.445016117],
    [5, 10, 0.187086028, 0.812913972],
    [10, 100, 0.049004689, 0.176222598],
  ])('%i of %i out of endlessly many', (found, drawn, low, high) => {
    const population = 1_000_000_000;
    const interval = finiteCountInterval(found, drawn, population, 0.95);
    expect(interval.low / population).toBeCloseTo(low, 6);
    expect(interval.high / population).toBeCloseTo(high, 6);
  });

  it('covers in at least 95 % for every number of marked people, by adding up probabilities', () => {
    let least = 1;
    for (const [population, drawn] of [
      [5, 2],
      [60, 20],
      [200, 15],
      [200, 150],
    ] as const) {
      const intervals = Array.from({ length: drawn + 1 }, (_, x) => finiteCountInterval(x, drawn, population, 0.95));
      for (let marked = 0; marked <= population; marked++) {
        const distribution = hypergeometricDistribution(population, marked, drawn);
        let covered = 0;
        for (const [x, { low, high }] of intervals.entries()) {
          if (low <= marked && marked <= high) covered += distribution.probability(x);
        }
        least = Math.min(least, covered);
      }
    }
    console.log(`finiteCountInterval: least coverage over all cases ${least.toFixed(4)}`);
    expect(least).toBeGreaterThanOrEqual(0.95);
  });
});

describe('limitCountInterval', () => {
  // Inversion by counting through scipy's binom.
  it.each([
    [0, 0.05, 0, 71],
    [1, 0.05, 1, 109],
    [10, 0.05, 99, 363],
    [10, 0.5, 13, 32],
    [100, 0.25, 335, 474],
    [500, 0.05, 9164, 10_892],
    [0, 0.001, 0, 3687],
    [5, 0.9, 5, 8],
  ])('%i below %d', (found, limit, low, high) => {
    expect(limitCountInterval(found, limit, 0.95)).toEqual({ low, high });
  });

  it.each([0.02, 0.3, 0.8])('holds every number that neither tail refuses, at a confidence of %d', (confidence) => {
    const tail = (1 - confidence) / 2;
    for (const limit of [0.1, 0.35, 0.8]) {
      for (let found = 0; found <= 12; found++) {
        const kept: number[] = [];
        for (let count = found; count <= 300; count++) {
          const { probability } = binomialDistribution(count, limit);
          let [below, above] = [0, 0];
          for (let i = 0; i <= count; i++) {
            if (i <= found) below += probability(i);
            if (i >= found) above += probability(i);
          }
          if (below > tail && above > tail) kept.push(count);
        }
        expect(limitCountInterval(found, limit, confidence)).toEqual({ low: kept[0], high: kept.at(-1) });
      }
    }
  });

  it('covers in at least 95 % although the limit is drawn, too, by adding up probabilities', () => {
    const atMost = (count: number, trials: number, share: number) => {
      const distribution = binomialDistribution(trials, share);
      let sum = 0;
      for (let i = 0; i <= Math.min(count, trials); i++) sum += distribution.probability(i);
      return sum;
    };
    /** The limit at which `below` turns from true to false. */
    const turn = (below: (limit: number) => boolean) => {
      let [low, high] = [1e-12, 1 - 1e-12];
      for (let i = 0; i < 45; i++) {
        const middle = (low + high) / 2;
        if (below(middle)) low = middle;
        else high = middle;
      }
      return low;
    };
    let least = 1;
    for (const [population, k] of [
      [6, 2],
      [12, 4],
      [30, 12],
      [40, 35],
    ] as const) {
      // The k-th lowest of uniform ranks is at most t if at least k ranks are.
      const limitAtMost = (t: number) => 1 - atMost(k - 1, population, t);
      for (let marked = 0; marked <= population; marked++) {
        // Which of the k lowest are marked does not depend on where they lie.
        const found = hypergeometricDistribution(population, marked, k);
        let covered = 0;
        for (let x = found.min; x <= found.max; x++) {
          // The higher the limit, the fewer people stand behind what was found.
          const from = turn((t) => marked < limitCountInterval(x, t, 0.95).low);
          const to = turn((t) => marked <= limitCountInterval(x, t, 0.95).high);
          covered += found.probability(x) * (limitAtMost(to) - limitAtMost(from));
        }
        least = Math.min(least, covered);
      }
    }
    console.log(`limitCountInterval: least coverage over all cases ${least.toFixed(4)}`);
    expect(least).toBeGreaterThanOrEqual(0.95);
  });

  it('ends for every limit that a double can be', () => {
    for (const limit of [Number.MIN_VALUE, 2 ** -53, 1 - 2 ** -53]) {
      const { low, high } = limitCountInterval(3, limit, 0.95);
      expect(low).toBeLessThanOrEqual(high);
    }
  });
});
