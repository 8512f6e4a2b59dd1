import { type Formula, visitLiterals } from './formula.ts';

/**
 * The order with the segments of each run sorted by their access literals, so that those that ask for the same one are passed over together. What
 * reads the membership of another one in the run still comes after it.
 */
export function clusterSegments(
  order: readonly number[],
  formulas: readonly Formula[],
  accesses: readonly number[],
): readonly number[] {
  const clustered: number[] = [];
  for (let from = 0; from < order.length; ) {
    const node = order[from] as number;
    if (node >= 0) {
      clustered.push(node);
      from++;
      continue;
    }
    const levels = new Map<number, number>();
    for (; (order[from] ?? 0) < 0; from++) {
      const segment = ~(order[from] as number);
      let level = 0;
      visitLiterals(formulas[segment] as Formula, (leaf) => {
        if (leaf.kind === 'segment') level = Math.max(level, 1 + (levels.get(leaf.segment) ?? -1));
      });
      levels.set(segment, level);
    }
    const access = (segment: number) => accesses[segment] as number;
    const run = [...levels].sort(([a, i], [b, j]) => i - j || access(a) - access(b) || a - b);
    for (const [segment] of run) clustered.push(~segment);
  }
  return clustered;
}
