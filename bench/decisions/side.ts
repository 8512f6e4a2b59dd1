export const CASES = ['page', 'changed', 'stateless'] as const;
/** `page`: the same visitor asks again. `changed`: some attributes are others now. `stateless`: nothing is kept of the visitor from one answer to the next. */
export type CaseName = (typeof CASES)[number];

export const SIDES = ['growthbook', 'ours', 'ours, receipt'] as const;
export type SideName = (typeof SIDES)[number];

/** One who answers for all placements of the page. */
export interface DecisionSide {
  /** The i-th answer: by placement what is shown, `offer` or `offer variant`; null for the fallback. */
  answer(i: number): readonly (string | null)[];
}
