/** How p-values of several metrics or variants are corrected for their number. */
export const CORRECTIONS = {
  none: (ps: readonly number[]) => [...ps],
  bonferroni,
  benjaminiHochberg,
} as const satisfies Record<string, (ps: readonly number[]) => number[]>;
export type Correction = keyof typeof CORRECTIONS;

/** Keeps the chance of any false alarm at alpha. In the order given. */
export function bonferroni(ps: readonly number[]): number[] {
  return ps.map((p) => Math.min(1, p * ps.length));
}

/** Keeps the share of false alarms among all alarms at alpha (Benjamini and Hochberg 1995), as R's `p.adjust`. In the order given. */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const rising = ps.map((p, place) => ({ p, place })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(ps.length).fill(1);
  let least = 1;
  for (let rank = rising.length; rank >= 1; rank--) {
    const { p, place } = rising[rank - 1] as (typeof rising)[number];
    least = Math.min(least, (p * ps.length) / rank);
    adjusted[place] = least;
  }
  return adjusted;
}
