import { describe, expect, it } from 'vitest';
import type { CountEstimate } from '../../../core/segment/preview/estimate-count.ts';
import { createSample, insertRow, type ProfileSample, removeProfile } from '../../../core/segment/preview/sample.ts';
import { type RowEvaluator, shadowRun } from '../../../core/segment/preview/shadow-run.ts';
import { keyOf, type NumberedRow, profileId, rows, seeded } from './seeded.ts';

const TRIALS = process.env.SELVEDGE_NIGHTLY ? 1_000 : 100;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 600_000 : 60_000;
/** Shares of the people who enter; as many others leave, where there is room for both. */
const SHARES = [0, 0.001, 0.01, 0.1, 0.45];
const SPECIAL = ['all enter', 'one enters', 'all but one stay'] as const;

/** Everything about one population: who is in which segment before and after, by number. */
function evaluators(population: number): {
  readonly before: RowEvaluator<NumberedRow>;
  readonly after: RowEvaluator<NumberedRow>;
} {
  const cut = SHARES.map((share) => Math.round(share * population));
  const segments = [...SHARES.map((share) => `${100 * share} %`), ...SPECIAL];
  return {
    before: {
      segments,
      members: ({ number }) => Uint8Array.of(...cut.map((n) => (number >= population - n ? 1 : 0)), 0, 0, 1),
    },
    after: {
      segments,
      members: ({ number }) =>
        Uint8Array.of(...cut.map((n) => (number < n ? 1 : 0)), 1, number === 5 ? 1 : 0, number === 5 ? 0 : 1),
    },
  };
}

type Counted = 'before' | 'after' | 'enter' | 'leave' | 'stay';
const COUNTED: readonly Counted[] = ['before', 'after', 'enter', 'leave', 'stay'];

interface Coverage {
  /** Least share of trials in which an interval held the truth, over every segment and count. */
  least: number;
  worst: string;
  mean: number;
  population: number;
  /** Mean relative error of the estimated population, which an unbiased estimator keeps near 0. */
  bias: number;
}

/** One sample for each trial, out of people 0 to population - 1; `counted`: the caller knows how many there are. */
function cover(population: number, counted: boolean, samples: readonly ProfileSample<NumberedRow>[]): Coverage {
  const { before, after } = evaluators(population);
  const everybody = createSample(population + 2, keyOf(0), rows(population));
  const truth = shadowRun(everybody, before, after, { population: null, examples: 0 });
  expect(truth.exact).toBe(true);
  const hits = new Map<string, number>();
  const hit = (name: string, real: number, { low, high }: CountEstimate) =>
    hits.set(name, (hits.get(name) ?? 0) + (low <= real && real <= high ? 1 : 0));
  let bias = 0;
  for (const sample of samples) {
    const report = shadowRun(sample, before, after, { population: counted ? population : null, examples: 0 });
    expect(report.exact).toBe(false);
    hit('population', population, report.population);
    bias += (report.population.value - population) / population / TRIALS;
    for (const [i, preview] of report.segments.entries()) {
      for (const what of COUNTED)
        hit(`${preview.segment} ${what}`, truth.segments[i]?.[what].value ?? -1, preview[what]);
    }
  }
  const shares = [...hits].map(([name, n]) => [name, n / TRIALS] as const).sort((a, b) => a[1] - b[1]);
  const [worst, least] = shares[0] ?? ['', 0];
  const mean = shares.reduce((sum, [, share]) => sum + share, 0) / shares.length;
  return { least, worst, mean, population: (hits.get('population') ?? 0) / TRIALS, bias };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The same samples, once without and once with the number of people. */
function compare(
  name: string,
  population: number,
  k: number,
  draw: (trial: number) => ProfileSample<NumberedRow>,
): void {
  const samples = Array.from({ length: TRIALS }, (_, trial) => draw(trial));
  for (const counted of [false, true]) {
    const coverage = cover(population, counted, samples);
    report(`${name}, ${counted ? 'counted' : 'not counted'}`, coverage);
    expect(coverage.least).toBeGreaterThanOrEqual(0.9);
    // Four standard errors of the mean: the estimator's relative one is at most 1 / √(k - 2) (Beyer et al.). Rounding adds a half.
    expect(Math.abs(coverage.bias)).toBeLessThan(4 / Math.sqrt((k - 2) * TRIALS) + 0.5 / population);
  }
}

function report(name: string, { least, worst, mean, population, bias }: Coverage): void {
  console.log(
    `${name}: mean ${percent(mean)}, least ${percent(least)} (${worst}), population ${percent(population)}, bias ${percent(bias)}`,
  );
}

describe(`intervals hold the truth in at least 90 of 100 seeded trials (${TRIALS} trials a case, another key each)`, {
  timeout: TIMEOUT_MS,
}, () => {
  it.each([
    [5, 3],
    [50, 10],
    [400, 300],
    [1_000, 100],
    [3_000, 500],
  ])('real ranks: %i people, k = %i', (population, k) => {
    const people = rows(population);
    const draw = (trial: number) => createSample(k, keyOf(1_000 + trial), people);
    compare(`${population} people, k ${k}`, population, k, draw);
  });

  it('the default size: 100,000 people, k = 5,000, ranks by seeded dice', () => {
    const population = 100_000;
    const draw = (trial: number) => diceSample(population, 5_000, 5_000 + trial);
    compare('100,000 people, k 5,000', population, 5_000, draw);
  });

  it('after a third of the people were erased and others came', () => {
    const population = 900;
    const draw = (trial: number) => {
      const key = keyOf(9_000 + trial);
      // 900 to 1,349 come first and are erased; the last 200 of the remaining come after that.
      let sample = createSample(100, key, [...rows(700), ...rows(1_350).slice(900)]);
      for (let n = 900; n < 1_350; n++) sample = removeProfile(sample, key, profileId(n));
      for (const row of rows(population).slice(700)) sample = insertRow(sample, key, row);
      return sample;
    };
    compare('900 people, k 100, 450 erased', population, 100, draw);
  });
});

/** A bottom-k sample with ranks from dice instead of a hash, made from its order statistics: the rest of the people need no ranks. */
function diceSample(population: number, k: number, seed: number): ProfileSample<NumberedRow> {
  const random = seeded(seed);
  const people = new Map<number, number>();
  const entries: { rank: number; row: NumberedRow }[] = [];
  let rank = 0;
  for (let i = 0; i < k; i++) {
    // The least of the uniforms that are left above `rank`.
    rank += (1 - rank) * (1 - (1 - random()) ** (1 / (population - i)));
    // Fisher-Yates over the numbers, keeping only what was moved.
    const j = i + Math.floor(random() * (population - i));
    const number = people.get(j) ?? j;
    people.set(j, people.get(i) ?? i);
    entries.push({ rank, row: { profile: ID, takenAt: TAKEN, number } });
  }
  return { k, key: '', limit: rank, entries };
}

const [FIRST] = rows(1);
if (!FIRST) throw new Error('no row');
const { profile: ID, takenAt: TAKEN } = FIRST;
