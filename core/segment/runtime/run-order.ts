import { runSegments } from './bits/segments.ts';
import type { CoreEngine } from './core-engine.ts';

/** Runs cells and segments in the program's order. `literalOf`: computes a cell and names the literal it sets; -1: none. */
export function runOrder(
  { segments }: CoreEngine,
  words: Int32Array,
  members: Uint8Array,
  literalOf: (cell: number) => number,
): void {
  const { order } = segments;
  for (let i = 0; i < order.length; i++) {
    i = runSegments(segments, i, order.length, words, members);
    if (i === order.length) return;
    const literal = literalOf(order[i] as number);
    if (literal >= 0) words[literal >> 5] = (words[literal >> 5] as number) | (1 << (literal & 31));
  }
}
