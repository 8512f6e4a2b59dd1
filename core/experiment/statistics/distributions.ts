import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** Two-sided p-value of a standard normal statistic. */
export function normalTail(z: number): number {
  return 2 * normalCdf(-Math.abs(z), 0, 1);
}

/** The z below which a share of the standard normal distribution lies: 1.96 for 0.975. */
export function normalPoint(share: number): number {
  return normalQuantile(share, 0, 1);
}

/** P-value of a chi-squared statistic: how much of the distribution lies above it. */
export function chiSquaredTail(statistic: number, degrees: number): number {
  return Math.min(1, Math.max(0, 1 - chiSquareCdf(statistic, degrees)));
}

/** Coefficients of Lanczos' approximation with g = 7, n = 9 (Godfrey); good to 15 digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** Natural logarithm of the gamma function, for x above 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const t = y + 7.5;
  const sum = LANCZOS.reduce((total, coefficient, i) => (i === 0 ? coefficient : total + coefficient / (y + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}
