import { HELD, OPEN } from '../../core/experiment/assignment.ts';
import type { HoldoutTest } from '../../core/experiment/holdout-test.ts';

/** Groups of people that are compared. */
export interface Tested extends Omit<HoldoutTest, 'share'> {
  readonly variants: readonly { readonly id: string; readonly weight: number }[];
}

/** See core/interaction/results.ts. */
export type ResultSums = Readonly<Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g', number>>;

/** Of a variant, not of a side of a holdout: those in it see different variants, or what is configured. */
export interface Shown {
  readonly decisions: number;
  readonly impressions: number;
  readonly clicks: number;
}

export interface VariantTime extends Partial<Shown> {
  readonly at: string;
  readonly variant: string;
  readonly people: number;
  readonly metrics: readonly { readonly id: string; readonly conversions: number; readonly sum: number }[];
}

const MOST_ROWS = 1000;

/** Sums of one experiment by time and name, as rows by time and variant. */
export function timesOf(
  sums: readonly (ResultSums & { readonly at: string; readonly name: string })[],
): readonly VariantTime[] {
  const rows = new Map<string, VariantTime>();
  for (const { at, name, a, b, c } of sums) {
    const [kind, , , variant = '', metric = ''] = name.split('\n');
    const key = `${at}\n${variant}`;
    const row = rows.get(key) ?? { at, variant, ...shownOf(variant), people: 0, metrics: [] };
    if (kind === 'variant') rows.set(key, { ...row, ...shownOf(variant, { a, b, c }) });
    else if (kind === 'exposure') rows.set(key, { ...row, people: a });
    else rows.set(key, { ...row, metrics: [...row.metrics, { id: metric, conversions: b, sum: c }] });
  }
  return [...rows]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MOST_ROWS)
    .map(([, row]) => row);
}

export function shownOf(
  variant: string,
  { a = 0, b = 0, c = 0 }: Partial<Pick<ResultSums, 'a' | 'b' | 'c'>> = {},
): Partial<Shown> {
  return variant === HELD || variant === OPEN ? {} : { decisions: a, impressions: b, clicks: c };
}
