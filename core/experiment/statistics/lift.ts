import { alwaysValidP, DEFAULT_SEQUENCE, type SequenceSettings, sequenceHalfWidth } from './confidence-sequence.ts';
import type { Sample } from './sample.ts';

/** An estimate with an interval that holds at every look. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

/** A variant compared with the control. */
export interface Lift {
  /** Difference of the means, in units of the metric. */
  readonly absolute: Estimate;
  /** Difference as a share of the control's mean (0.05: five per cent more); null where the control has none or a negative one. */
  readonly relative: Estimate | null;
  /** Of the difference; may be looked at any time. */
  readonly p: number;
}

/**
 * Difference between two groups. The relative one by the delta method: d = (b - a) / a has variance Var(b) / a² + Var(a) b² / a⁴. Null while a group has
 * fewer than two people or nothing varies.
 */
export function liftOf(control: Sample, variant: Sample, settings: SequenceSettings = DEFAULT_SEQUENCE): Lift | null {
  if (control.n < 2 || variant.n < 2) return null;
  const [controlError, variantError] = [control.variance / control.n, variant.variance / variant.n];
  if (!(controlError + variantError > 0)) return null;
  const people = control.n + variant.n;
  const difference = variant.mean - control.mean;
  const estimate = (value: number, squaredError: number): Estimate => {
    const half = sequenceHalfWidth(squaredError, people, settings);
    return { value, standardError: Math.sqrt(squaredError), low: value - half, high: value + half };
  };
  const base = control.mean;
  return {
    absolute: estimate(difference, controlError + variantError),
    relative:
      base > 0
        ? estimate(difference / base, variantError / base ** 2 + (controlError * variant.mean ** 2) / base ** 4)
        : null,
    p: alwaysValidP(difference, controlError + variantError, people, settings),
  };
}
