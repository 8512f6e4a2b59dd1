import { DEFAULT_SEQUENCE, sequenceHalfWidth } from './confidence-sequence.ts';
import { normalPoint } from './distributions.ts';

/** A difference that one wants to see if it is there. */
export interface SizePlan {
  /** Mean of the control (a rate, or a number per person). */
  readonly mean: number;
  /** Variance of one person; left out: that of a rate. */
  readonly variance?: number;
  /** Smallest relative difference worth seeing: 0.05 is five per cent. Not 0. */
  readonly lift: number;
  readonly alpha?: number;
  /** Chance to see it: 0.8. */
  readonly power?: number;
}

/** People in each of two equal groups, for one look at the end. As R's `power.prop.test` for rates; for means by the normal distribution. */
export function unitsForOneLook(plan: SizePlan): number {
  const { alpha = 0.05, power = 0.8 } = plan;
  const difference = plan.mean * plan.lift;
  const { nothing, something } = variances(plan);
  const reach = normalPoint(1 - alpha / 2) * Math.sqrt(nothing) + normalPoint(power) * Math.sqrt(something);
  return (reach / difference) ** 2;
}

/** People in each of two equal groups after which an always-valid interval, tuned for that many, leaves out nothing-happened with the wanted chance. */
export function unitsForAnyLook(plan: SizePlan): number {
  const { alpha = DEFAULT_SEQUENCE.alpha, power = 0.8 } = plan;
  const difference = Math.abs(plan.mean * plan.lift);
  const { something } = variances(plan);
  const sees = (units: number) => {
    const squaredError = something / units;
    const half = sequenceHalfWidth(squaredError, 2 * units, { alpha, tunedFor: 2 * units });
    return half + normalPoint(power) * Math.sqrt(squaredError) <= difference;
  };
  let high = Math.max(2, unitsForOneLook(plan));
  while (!sees(high)) high *= 2;
  let low = high / 2;
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (sees(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whole days until every variant has its units, whole weeks from a week on: weekdays differ. `perDay`: people who qualify in a day. */
export function daysNeeded(units: number, perDay: number, coverage: number, weights: readonly number[]): number {
  const smallest = Math.min(...weights.filter((weight) => weight > 0));
  const days = Math.ceil(units / (perDay * coverage * smallest));
  return days <= 7 ? days : 7 * Math.ceil(days / 7);
}

/** Variance of the difference times the people of a group, if there is none and if there is the one looked for. */
function variances({ mean, variance, lift }: SizePlan) {
  if (variance !== undefined) return { nothing: 2 * variance, something: 2 * variance };
  const other = mean * (1 + lift);
  const middle = (mean + other) / 2;
  return { nothing: 2 * middle * (1 - middle), something: mean * (1 - mean) + other * (1 - other) };
}
