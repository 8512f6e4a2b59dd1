import { chiSquaredTail, logGamma } from './distributions.ts';

/** Whether the variants have the people that their weights promise. */
export interface SampleRatio {
  readonly people: number;
  /** In the order of the variants. */
  readonly expected: readonly number[];
  readonly chiSquared: number;
  /** Of one look. */
  readonly p: number;
  /** Of as many looks as one likes. */
  readonly sequentialP: number;
  /** Enough people to say anything. */
  readonly ready: boolean;
  /** Something is wrong with how people are assigned or counted: no result of the experiment means anything. */
  readonly alarm: boolean;
}

/** Low, because somebody looks every day: 60 daily looks at what is right alarm in one or two of 100 experiments (simulated in the tests). */
const ALARM_P = 0.001;
const MIN_PEOPLE = 100;
/** Of each variant, for chi-squared to hold (Cochran 1954). */
const MIN_EXPECTED = 5;
/** Dirichlet prior of the sequential test: how near a true mismatch is thought to lie. As GrowthBook's. */
const CONCENTRATION = 10_000;

/**
 * Sample ratio mismatch. `people` exposed and `weights`, by variant. The alarm goes by Pearson's chi-squared test with a threshold for daily looks, because it finds
 * small mismatches soonest;
 * `sequentialP` is the inverse Bayes factor of a Dirichlet-multinomial against the weights, whose chance of ever falling to alpha is at most alpha whatever the
 * number of looks (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022). Variants of weight 0 are left out.
 */
export function sampleRatio(people: readonly number[], weights: readonly number[]): SampleRatio {
  const total = people.reduce((sum, count, i) => sum + ((weights[i] ?? 0) > 0 ? count : 0), 0);
  const weight = weights.reduce((sum, each) => sum + each, 0);
  const expected = weights.map((each) => (weight > 0 ? (total * each) / weight : 0));
  const cells = expected.flatMap((wanted, i) => (wanted > 0 ? [{ wanted, found: people[i] ?? 0 }] : []));
  const chiSquared = cells.reduce((sum, { wanted, found }) => sum + (found - wanted) ** 2 / wanted, 0);
  const p = cells.length > 1 ? chiSquaredTail(chiSquared, cells.length - 1) : 1;
  const ready = total >= MIN_PEOPLE && cells.every(({ wanted }) => wanted >= MIN_EXPECTED);
  return {
    people: total,
    expected,
    chiSquared,
    p,
    sequentialP: cells.length > 1 ? inverseBayesFactor(cells, total) : 1,
    ready,
    alarm: ready && p < ALARM_P,
  };
}

function inverseBayesFactor(cells: readonly { readonly wanted: number; readonly found: number }[], total: number) {
  const logBayes = cells.reduce(
    (sum, { wanted, found }) => {
      const share = wanted / total;
      const prior = share * CONCENTRATION;
      return sum + logGamma(prior + found) - logGamma(prior) - found * Math.log(share);
    },
    logGamma(CONCENTRATION) - logGamma(CONCENTRATION + total),
  );
  return Math.min(1, Math.exp(-logBayes));
}
