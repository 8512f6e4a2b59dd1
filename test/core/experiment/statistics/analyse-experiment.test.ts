import { describe, expect, it } from 'vitest';
import {
  analyseExperiment,
  DEFAULT_ANALYSIS,
  type ExperimentData,
} from '../../../../core/experiment/statistics/analyse-experiment.ts';
import { liftOf } from '../../../../core/experiment/statistics/lift.ts';
import { meanOf, rateOf, type VariantCounts } from '../../../../core/experiment/statistics/sample.ts';

const counts = (units: number, conversions: number): VariantCounts => ({
  units,
  conversions,
  sum: conversions,
  sumOfSquares: conversions,
  preSum: 0,
  preSumOfSquares: 0,
  cross: 0,
});

const metric = { id: 'bought', kind: 'conversion', event: 'order.placed', better: 'higher' } as const;

function dataOf(by: readonly VariantCounts[], change: Partial<ExperimentData> = {}): ExperimentData {
  return {
    variants: by.map(({ units }, i) => ({
      id: ['control', 'b', 'c'][i] as string,
      weight: 1 / by.length,
      exposed: units,
    })),
    metrics: [{ metric, counts: by }],
    primaryMetric: 'bought',
    ...change,
  };
}

const verdicts = (data: ExperimentData) =>
  analyseExperiment(data).metrics.map(({ variants }) => variants.map(({ verdict }) => verdict));

describe('the verdict', () => {
  it.each([
    ['is open while nothing can be told apart', [counts(5000, 500), counts(5000, 510)], ['control', 'unclear']],
    ['is for a better variant', [counts(5000, 500), counts(5000, 700)], ['control', 'better']],
    ['is against a worse one', [counts(5000, 500), counts(5000, 350)], ['control', 'worse']],
    ['is against one that broke altogether', [counts(5000, 500), counts(5000, 0)], ['control', 'worse']],
    ['waits for people', [counts(90, 60), counts(90, 3)], ['control', 'tooEarly']],
    ['waits for events', [counts(5000, 2), counts(5000, 30)], ['control', 'tooEarly']],
    ['waits where nothing was counted', [counts(0, 0), counts(0, 0)], ['control', 'tooEarly']],
  ])('%s', (_, by, expected) => {
    expect(verdicts(dataOf(by))).toEqual([expected]);
  });

  it('goes by what is better', () => {
    const by = [counts(5000, 500), counts(5000, 700)];
    const returned = { ...metric, better: 'lower' as const };
    expect(verdicts(dataOf(by, { metrics: [{ metric: returned, counts: by }] }))).toEqual([['control', 'worse']]);
  });
});

it('p-values of the primary metric are corrected for its variants, those of all others together', () => {
  const by = [counts(5000, 500), counts(5000, 600), counts(5000, 530)];
  const other = { ...metric, id: 'other' };
  const third = { ...metric, id: 'third' };
  const data = dataOf(by, {
    metrics: [
      { metric, counts: by },
      { metric: other, counts: by },
      { metric: third, counts: by },
    ],
  });
  const { metrics } = analyseExperiment(data, { ...DEFAULT_ANALYSIS, correction: 'bonferroni' });
  const raw = metrics[0]?.variants[1]?.lift?.p as number;
  expect(metrics[0]?.variants[1]?.correctedP).toBeCloseTo(2 * raw, 12);
  expect(metrics[1]?.variants[1]?.correctedP).toBeCloseTo(4 * raw, 12);
  expect(analyseExperiment(data, { ...DEFAULT_ANALYSIS, correction: 'none' }).metrics[1]?.variants[1]?.correctedP).toBe(
    raw,
  );
});

it('a mismatch of people is told beside the results', () => {
  expect(analyseExperiment(dataOf([counts(5000, 500), counts(5400, 560)])).sampleRatio.alarm).toBe(true);
});

describe('a lift', () => {
  it('needs two people and something that varies', () => {
    expect(liftOf(rateOf(1, 1), rateOf(100, 10))).toBeNull();
    const flat = meanOf({ units: 10, sum: 10, sumOfSquares: 10 });
    expect(liftOf(flat, flat)).toBeNull();
  });

  it('has no relative form over a control of nothing or less', () => {
    expect(liftOf(rateOf(1000, 0), rateOf(1000, 50))?.relative).toBeNull();
    const loss = meanOf({ units: 1000, sum: -5, sumOfSquares: 900 });
    expect(liftOf(loss, meanOf({ units: 1000, sum: 5, sumOfSquares: 900 }))?.relative).toBeNull();
  });

  it('never treats a rate of nothing as certain', () => {
    expect(rateOf(100, 0).variance).toBeGreaterThan(0);
    expect(rateOf(100, 100).variance).toBeGreaterThan(0);
    expect(rateOf(0, 0)).toEqual({ n: 0, mean: 0, variance: 0.25 });
  });
});
