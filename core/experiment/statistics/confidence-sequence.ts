/** How sure, and for how many people the sequence is narrowest. */
export interface SequenceSettings {
  /** Chance that the interval ever misses the truth, at any look: 0.05. */
  readonly alpha: number;
  /** People in both groups at which the interval is narrowest. Fixed before the first look; a choice of efficiency, not of validity. */
  readonly tunedFor: number;
}

export const DEFAULT_SEQUENCE: SequenceSettings = { alpha: 0.05, tunedFor: 5000 };

/**
 * Half of an always-valid interval: the chance that the truth is ever outside, at any of as many looks as one likes, is at most alpha, asymptotically.
 * Robbins' normal mixture as in Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences",
 * arXiv 2103.06476v7 (2023), equation 9; its parameter by equation 161. GrowthBook's published sequential testing is the same, and the tests use its numbers.
 * `squaredError` is the estimate's variance, `n` the people in both groups.
 */
export function sequenceHalfWidth(
  squaredError: number,
  n: number,
  settings: SequenceSettings = DEFAULT_SEQUENCE,
): number {
  const rho2 = mixing(settings);
  const spread = n * rho2 + 1;
  return (
    Math.sqrt(squaredError * n * 2 * spread * Math.log(Math.sqrt(spread) / settings.alpha)) / (n * Math.sqrt(rho2))
  );
}

/**
 * P-value that may be looked at any time: it falls to alpha or below exactly when the interval leaves `distance` out. The inverse of the mixture's e-value
 * (equation 155). 1 where there is no evidence.
 */
export function alwaysValidP(
  distance: number,
  squaredError: number,
  n: number,
  settings: SequenceSettings = DEFAULT_SEQUENCE,
): number {
  if (!(squaredError > 0 && n > 0)) return 1;
  const rho2 = mixing(settings);
  const spread = n * rho2 + 1;
  const logE = (rho2 * n * distance * distance) / (2 * spread * squaredError) - Math.log(spread) / 2;
  return Math.min(1, Math.exp(-logE));
}

/** rho squared, by equation 161. */
function mixing({ alpha, tunedFor }: SequenceSettings): number {
  const evidence = -2 * Math.log(alpha);
  return (evidence + Math.log(evidence + 1)) / tunedFor;
}
