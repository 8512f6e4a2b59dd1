import type { MetricKind } from '../experiment.ts';
import { meanOf, type Sample, sampleOf, type VariantCounts } from './sample.ts';

export interface AdjustedSamples {
  /** In the order of the counts. */
  readonly samples: readonly Sample[];
  /** How much of one unit of history is taken off; 0: history says nothing, and the samples are as they were. */
  readonly theta: number;
  /** Correlation of what people did with what they did before, over all variants. The variance falls by its square. */
  readonly correlation: number;
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM 2013): takes off
 * each person's result what their history foretold. theta is one for all variants, from covariances within them, so that the effect is not explained away;
 * history is centred on the mean over all people, so that adjusted means stay means of the metric. Unbiased, because history is older than the assignment.
 */
export function adjustByHistory(counts: readonly VariantCounts[], kind: MetricKind): AdjustedSamples {
  const groups = counts.map((each) => groupOf(each, kind));
  const total = (of: (group: Group) => number) => groups.reduce((sum, group) => sum + of(group), 0);
  const weight = ({ after }: Group) => Math.max(0, after.n - 1);
  const covariance = total((group) => weight(group) * group.covariance);
  const preVariance = total((group) => weight(group) * group.before.variance);
  const variance = total((group) => weight(group) * group.after.variance);
  if (!(preVariance > 0 && variance > 0)) {
    return { samples: groups.map(({ after }) => after), theta: 0, correlation: 0 };
  }
  const theta = covariance / preVariance;
  const people = total(({ after }) => after.n);
  const preMean = total(({ before }) => before.n * before.mean) / people;
  return {
    samples: groups.map(({ after, before, covariance: own }) => ({
      n: after.n,
      mean: after.mean - theta * (before.mean - preMean),
      variance: Math.max(0, after.variance + theta * theta * before.variance - 2 * theta * own),
    })),
    theta,
    correlation: covariance / Math.sqrt(preVariance * variance),
  };
}

interface Group {
  readonly after: Sample;
  readonly before: Sample;
  readonly covariance: number;
}

function groupOf(counts: VariantCounts, kind: MetricKind): Group {
  const { units, preSum, preSumOfSquares, cross } = counts;
  const after = sampleOf(counts, kind);
  const before = meanOf({ units, sum: preSum, sumOfSquares: preSumOfSquares });
  const covariance = units > 1 ? (cross - units * after.mean * before.mean) / (units - 1) : 0;
  return { after, before, covariance };
}
