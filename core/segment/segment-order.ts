import type { SegmentReference } from './check-rule.ts';

export interface SegmentCycle {
  /** Ids along the cycle; the first one again at the end. */
  readonly path: readonly string[];
  /** The reference that closes it. */
  readonly from: string;
  readonly reference: SegmentReference;
}

/**
 * Orders segments so that each stands after those that it names, otherwise by id, and finds the cycles: one for each reference back
 * into the current path of a depth-first search (Tarjan 1976). Iterative, because segments may use segments to any depth.
 */
export function orderSegments(references: ReadonlyMap<string, readonly SegmentReference[]>): {
  readonly order: readonly string[];
  readonly cycles: readonly SegmentCycle[];
} {
  const order: string[] = [];
  const cycles: SegmentCycle[] = [];
  const done = new Set<string>();
  for (const start of [...references.keys()].sort()) {
    if (done.has(start)) continue;
    const path: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const reference = references.get(top.id)?.[top.next++];
      if (reference === undefined) {
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
        order.push(top.id);
      } else if (onPath.has(reference.segment)) {
        const ids = path.map((step) => step.id);
        cycles.push({
          path: [...ids.slice(ids.indexOf(reference.segment)), reference.segment],
          from: top.id,
          reference,
        });
      } else if (!done.has(reference.segment)) {
        path.push({ id: reference.segment, next: 0 });
        onPath.add(reference.segment);
      }
    }
  }
  return { order, cycles };
}
