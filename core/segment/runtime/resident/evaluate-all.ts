import { writeAttributes } from '../bits/attribute-bits.ts';
import { runSegments } from '../bits/segments.ts';
import type { ResidentState } from './resident-state.ts';

/** Computes everything from the log and the attributes. Returns the earliest instant at which something may differ. */
export function evaluateAll(state: ResidentState): number {
  const { bits, segments, cells } = state.engine;
  const { words, truths, untils } = state;
  const { order } = segments;
  let earliest = Number.POSITIVE_INFINITY;
  writeAttributes(bits, state.attributes, words);
  for (let i = 0; i < order.length; i++) {
    const cell = order[i] as number;
    if (cell < 0) {
      let end = i + 1;
      while (end < order.length && (order[end] as number) < 0) end++;
      runSegments(segments, i, end, words, state.members);
      i = end - 1;
      continue;
    }
    const truth = state.evaluate(cell);
    const until = state.cellUntil;
    truths[cell] = truth;
    untils[cell] = until;
    if (until < earliest) earliest = until;
    const literal = truth === 1 ? (cells.ifTrue[cell] as number) : truth === 0 ? (cells.ifFalse[cell] as number) : -1;
    if (literal >= 0) words[literal >> 5] = (words[literal >> 5] as number) | (1 << (literal & 31));
  }
  return earliest;
}
