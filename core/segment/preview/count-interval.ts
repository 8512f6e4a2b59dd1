import { binomialDistribution, type CountDistribution, hypergeometricDistribution } from './count-distribution.ts';

/** Whole numbers, both ends inside. */
export interface CountInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * How many of `population` are marked, if `found` of `drawn` are, drawn by lot without putting back: the numbers that neither tail of the
 * hypergeometric distribution refuses at (1 - confidence) / 2. That is Clopper and Pearson's interval (Biometrika 26, 1934) for a
 * finite population (Buonaccorsi, The American Statistician 41, 1987): it covers at least as often as it says, for every share and size,
 * zero and all included.
 */
export function finiteCountInterval(
  found: number,
  drawn: number,
  population: number,
  confidence: number,
): CountInterval {
  const tail = (1 - confidence) / 2;
  const least = found;
  const most = population - (drawn - found);
  const of = (marked: number) => hypergeometricDistribution(population, marked, drawn);
  return {
    low: firstTrue(least, most, (marked) => upperTailExceeds(of(marked), found, tail)),
    high: most - firstTrue(0, most - least, (fewer) => lowerTailExceeds(of(most - fewer), found, tail)),
  };
}

/**
 * How many there are in all, if `found` have a rank of at most `limit` (0 < limit < 1), where ranks are uniform and the limit is the rank at which
 * a bottom-k sample became full: the numbers K for which neither tail of Binomial(K, limit) is below (1 - confidence) / 2. Nothing has
 * to be known of how many others there are; why the limit may be treated as if it had been fixed before: docs/design/shadow-run.md.
 */
export function limitCountInterval(found: number, limit: number, confidence: number): CountInterval {
  const tail = (1 - confidence) / 2;
  const reaches = (count: number) => upperTailExceeds(binomialDistribution(count, limit), found, tail);
  const tooMany = (count: number) => !lowerTailExceeds(binomialDistribution(count, limit), found, tail);
  // Beyond this whole numbers have gaps; a limit that small belongs to no sample of ours.
  let most = Math.min(Number.MAX_SAFE_INTEGER, Math.ceil((found + 1) / limit));
  while (most < Number.MAX_SAFE_INTEGER && !tooMany(most)) most = Math.min(Number.MAX_SAFE_INTEGER, 2 * most);
  const low = firstTrue(found, most, reaches);
  return { low, high: Math.max(low, firstTrue(low, most, tooMany) - 1) };
}

/** The first number of [from, to] for which `holds`, which stays true once it is; it holds for `to`. */
function firstTrue(from: number, to: number, holds: (value: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** P(X >= count) > bound. */
function upperTailExceeds(distribution: CountDistribution, count: number, bound: number): boolean {
  const { min, max, mode } = distribution;
  if (count <= min) return true;
  if (count > max) return false;
  // From the mode outwards terms only fall, so nothing is lost below the smallest double; beyond the last one they are 0.
  const start = Math.max(count, mode);
  const peak = distribution.probability(start);
  let sum = peak;
  for (let i = start, term = peak; sum <= bound; i++) {
    term *= distribution.step(i);
    if (sum + term === sum) break;
    sum += term;
  }
  for (let i = start - 1, term = peak; i >= count && sum <= bound; i--) {
    term /= distribution.step(i);
    if (sum + term === sum) break;
    sum += term;
  }
  return sum > bound;
}

/** P(X <= count) > bound. */
function lowerTailExceeds(distribution: CountDistribution, count: number, bound: number): boolean {
  const { min, max, mode } = distribution;
  if (count >= max) return true;
  if (count < min) return false;
  const start = Math.min(count, mode);
  const peak = distribution.probability(start);
  let sum = peak;
  for (let i = start - 1, term = peak; sum <= bound; i--) {
    term /= distribution.step(i);
    if (sum + term === sum) break;
    sum += term;
  }
  for (let i = start, term = peak; i < count && sum <= bound; i++) {
    term *= distribution.step(i);
    if (sum + term === sum) break;
    sum += term;
  }
  return sum > bound;
}
