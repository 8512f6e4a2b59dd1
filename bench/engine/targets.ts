export const CASES = ['W1', 'W2', 'W2x10', 'W2i', 'W3', 'W4', 'state', 'W5'] as const;
export type CaseName = (typeof CASES)[number];

export function isCaseName(text: string): text is CaseName {
  return (CASES as readonly string[]).includes(text);
}

/** One operation of a case is so many segments; null: counted as one. */
export const SEGMENTS: Readonly<Record<CaseName, number | null>> = {
  W1: 100,
  W2: 1000,
  W2x10: 10_000,
  W2i: null,
  W3: null,
  W4: null,
  state: null,
  W5: null,
};

/**
 * GrowthBook ÷ closure as the specification of the engine measured it. A baseline that is honest stays between 0.8 and
 * 1.5 times that; the state's ratio is in its table too, but is not asked for.
 */
export const TABLE_RATIO: Readonly<Record<CaseName, number>> = {
  W1: 565 / 63,
  W2: 529 / 94,
  W2x10: 938 / 443,
  W2i: 573 / 74,
  W3: 993 / 196,
  W4: 1210 / 153,
  state: 1740 / 757,
  W5: 875 / 135,
};
export const HONEST = { least: 0.8, most: 1.5 } as const;

/** Times that a target may be missed by before `--strict` fails: the machines that run this are shared. */
export const TOLERANCE = 1.25;

/** A ratio of two sides of one case: ours ÷ closure is at most so much, GrowthBook ÷ ours at least. */
export interface RatioTarget {
  readonly id: string;
  readonly case: CaseName;
  readonly runtime: 'node' | 'workerd';
  readonly ours: 'ours' | 'ours, encoded';
  readonly versus: 'closure' | 'growthbook';
  readonly must: number;
}

const target = (
  id: string,
  of: CaseName,
  versus: RatioTarget['versus'],
  must: number,
  runtime: RatioTarget['runtime'] = 'node',
  ours: RatioTarget['ours'] = 'ours',
): RatioTarget => ({ id, case: of, runtime, ours, versus, must });

export const RATIO_TARGETS: readonly RatioTarget[] = [
  target('T1', 'W1', 'closure', 0.65),
  target('T1', 'W1', 'growthbook', 13),
  target('T1', 'W1', 'growthbook', 7, 'workerd'),
  target('T2', 'W2', 'closure', 0.25),
  target('T2', 'W2', 'growthbook', 22),
  target('T2', 'W2', 'growthbook', 12, 'workerd'),
  target('T3', 'W2x10', 'closure', 0.07),
  target('T4', 'W2i', 'closure', 0.06),
  target('T4', 'W2i', 'growthbook', 140),
  target('T5', 'W3', 'closure', 0.45),
  target('T5', 'W3', 'growthbook', 11),
  target('T6', 'W3', 'closure', 0.17, 'node', 'ours, encoded'),
  target('T6', 'W3', 'growthbook', 30, 'node', 'ours, encoded'),
  target('T7', 'W4', 'closure', 0.01),
  target('T7', 'W4', 'growthbook', 800),
  target('T8', 'state', 'closure', 0.06),
  target('T9', 'W5', 'closure', 1.6),
  target('T9', 'W5', 'growthbook', 4),
  target('T9', 'W5', 'growthbook', 3, 'workerd'),
];

/** T3: W2x10 ÷ W2, ns per segment. */
export const GROWTH_MUST = 1.3;
/** T8. */
export const STATE_BYTES_MUST = 16_384;
/** T10, 1,000 segments precompiled, in a new process. */
export const COLD_MUST = { loadMs: 6, firstMs: 2.5, evals2To21Us: 600 } as const;
/** T11. */
export const BUNDLE_MUST = { gzipBytes: 9 * 1024, importMs: 6 } as const;
/** T12, W2. */
export const HEAP_BYTES_MUST = 3 * 1024;
