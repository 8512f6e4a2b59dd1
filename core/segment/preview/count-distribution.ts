/** A distribution over whole numbers with one mode. */
export interface CountDistribution {
  readonly min: number;
  readonly max: number;
  readonly mode: number;
  readonly probability: (count: number) => number;
  /** probability(count + 1) / probability(count), for min <= count < max. */
  readonly step: (count: number) => number;
}

/** Successes in `trials` independent trials of probability `share`, 0 < share < 1. */
export function binomialDistribution(trials: number, share: number): CountDistribution {
  const odds = share / (1 - share);
  return {
    min: 0,
    max: trials,
    mode: Math.min(trials, Math.floor((trials + 1) * share)),
    probability: (count) => binomialProbability(count, trials, share),
    step: (count) => ((trials - count) / (count + 1)) * odds,
  };
}

/** Marked ones among `drawn` out of `population`, without putting back, when `marked` of them are marked. */
export function hypergeometricDistribution(population: number, marked: number, drawn: number): CountDistribution {
  const unmarked = population - marked;
  const min = Math.max(0, drawn - unmarked);
  const max = Math.min(drawn, marked);
  const share = drawn / population;
  return {
    min,
    max,
    mode: Math.max(min, Math.min(max, Math.floor(((drawn + 1) * (marked + 1)) / (population + 2)))),
    probability: (count) => {
      if (count < min || count > max) return 0;
      if (share >= 1) return 1;
      return (
        (binomialProbability(count, marked, share) * binomialProbability(drawn - count, unmarked, share)) /
        binomialProbability(drawn, population, share)
      );
    },
    step: (count) => ((marked - count) / (count + 1)) * ((drawn - count) / (unmarked - drawn + count + 1)),
  };
}

/**
 * Loader's saddle point expansion ("Fast and accurate computation of binomial probabilities", 2000; what R uses): exact to rounding also where
 * factorials overflow and differences of log-gammas lose their digits.
 */
function binomialProbability(count: number, trials: number, share: number): number {
  if (count < 0 || count > trials) return 0;
  if (count === 0) return Math.exp(trials * Math.log1p(-share));
  if (count === trials) return Math.exp(trials * Math.log(share));
  const misses = trials - count;
  const exponent =
    stirlingError(trials) -
    stirlingError(count) -
    stirlingError(misses) -
    deviance(count, trials * share) -
    deviance(misses, trials * (1 - share));
  return Math.exp(exponent) * Math.sqrt(trials / (2 * Math.PI * count * misses));
}

/** ln n! minus Stirling's formula for it. */
function stirlingError(n: number): number {
  if (n > 15) {
    const square = n * n;
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
  }
  if (n === 0) return 0;
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
}

/** count ln(count / mean) + mean - count, without cancellation where the two are close. */
function deviance(count: number, mean: number): number {
  const difference = count - mean;
  if (Math.abs(difference) >= 0.1 * (count + mean)) return count * Math.log(count / mean) - difference;
  const v = difference / (count + mean);
  let sum = difference * v;
  let term = 2 * count * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}
