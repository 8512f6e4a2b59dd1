import { type CountInterval, finiteCountInterval, limitCountInterval } from './count-interval.ts';

/** How the rows of a sample stand for the people. */
export type SampleFrame =
  /** The rows are all of them. */
  | { readonly is: 'everybody' }
  /** Rows drawn by lot out of so many. */
  | { readonly is: 'population'; readonly rows: number; readonly population: number }
  /** A full bottom-k sample; how many there are is not known but from its limit. */
  | { readonly is: 'limit'; readonly k: number; readonly limit: number };

/** What a frame reads of a sample. */
export interface SampleSize {
  readonly k: number;
  readonly limit: number | null;
  readonly entries: { readonly length: number };
}

export interface CountEstimate extends CountInterval {
  /** Rows of the sample that were counted. */
  readonly sampled: number;
  /** Best single number, rounded; between `low` and `high`. */
  readonly value: number;
}

/** Beyond this the given population and the sample's own estimate cannot both be right. */
const DISAGREEMENT = 0.9999;

/**
 * `population`: how many profiles there are, if somebody counted them (it makes intervals narrower); null: not known. A count that the sample
 * itself contradicts (an index that lags) is not used.
 */
export function sampleFrame(sample: SampleSize, population: number | null): SampleFrame {
  const { k, limit, entries } = sample;
  if (limit === null || limit >= 1) return { is: 'everybody' };
  const rows = entries.length;
  if (population !== null && population > rows && rows > 0) {
    const plausible = limitCountInterval(rows, limit, DISAGREEMENT);
    if (population >= plausible.low && population <= plausible.high) return { is: 'population', rows, population };
  }
  return { is: 'limit', k, limit };
}

/**
 * How many people there are like `sampled` rows of the sample. Without a known population: the estimator (k - 1) / limit of Beyer, Haas, Reinwald,
 * Sismanis, Gemulla ("On synopses for distinct-value estimation under multiset operations", SIGMOD 2007), which is unbiased, times sampled / k.
 */
export function estimateCount(sampled: number, frame: SampleFrame, confidence: number): CountEstimate {
  switch (frame.is) {
    case 'everybody':
      return { sampled, value: sampled, low: sampled, high: sampled };
    case 'population': {
      const { rows, population } = frame;
      return within(sampled, (sampled * population) / rows, finiteCountInterval(sampled, rows, population, confidence));
    }
    case 'limit': {
      const { k, limit } = frame;
      return within(sampled, (sampled * (k - 1)) / (k * limit), limitCountInterval(sampled, limit, confidence));
    }
  }
}

/** How many people there are in all. */
export function estimatePopulation(sample: SampleSize, frame: SampleFrame, confidence: number): CountEstimate {
  const sampled = sample.entries.length;
  if (frame.is !== 'population') return estimateCount(sampled, frame, confidence);
  const { population } = frame;
  return { sampled, value: population, low: population, high: population };
}

function within(sampled: number, estimate: number, { low, high }: CountInterval): CountEstimate {
  return { sampled, value: Math.min(high, Math.max(low, Math.round(estimate))), low, high };
}
