import type { MetricKind } from '../experiment.ts';

/**
 * What a rollup holds of one metric for the people of one variant, all from their exposure on. `x` is what a person did (times, or money), `pre` what
 * the same person did before the experiment, 0 where nothing is known.
 */
export interface VariantCounts {
  /** People exposed. */
  readonly units: number;
  /** Those of them with one event or more. */
  readonly conversions: number;
  /** Σ x and Σ x². */
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Σ pre and Σ pre². */
  readonly preSum: number;
  readonly preSumOfSquares: number;
  /** Σ x·pre; of a conversion: Σ pre over those who converted. */
  readonly cross: number;
}

/** A number per person: how many people, their mean, and the variance of one person. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

export function sampleOf(counts: VariantCounts, kind: MetricKind): Sample {
  return kind === 'conversion' ? rateOf(counts.units, counts.conversions) : meanOf(counts);
}

/** A share of people. Where nobody or everybody did it, half a person is added to each side for the variance: it is small, not nothing. */
export function rateOf(units: number, conversions: number): Sample {
  const mean = units > 0 ? conversions / units : 0;
  const bare = conversions === 0 || conversions === units ? (conversions + 0.5) / (units + 1) : mean;
  return { n: units, mean, variance: bare * (1 - bare) };
}

/** A mean from sums; the variance is that of a sample (n - 1), 0 for fewer than two people. */
export function meanOf({ units, sum, sumOfSquares }: Pick<VariantCounts, 'units' | 'sum' | 'sumOfSquares'>): Sample {
  const mean = units > 0 ? sum / units : 0;
  const variance = units > 1 ? Math.max(0, (sumOfSquares - sum * mean) / (units - 1)) : 0;
  return { n: units, mean, variance };
}
