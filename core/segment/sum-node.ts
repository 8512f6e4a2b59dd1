import type { JsonValue } from '../lib/json.ts';
import { numberHolds } from './comparing.ts';
import { countBefore, countUpTo, type PostingList } from './posting-list.ts';
import type { RuntimeNode, RuntimeSelector } from './runtime.ts';
import type { Scratch } from './scratch.ts';
import { sees, seesAll } from './visible.ts';

/** The sum at the scratch's instant, added up in the order of events. */
export function sumOf(scratch: Scratch, selector: RuntimeSelector, column: number): number {
  const list = scratch.postings.lists[selector.query];
  if (!list) return 0;
  const start = countBefore(list.at, scratch.now - selector.withinMs);
  return sumBetween(scratch, list, selector, column, start, countUpTo(list.at, scratch.now));
}

export function sumHolds(scratch: Scratch, node: RuntimeNode): boolean {
  const selector = node.events as RuntimeSelector;
  const list = scratch.postings.lists[selector.query];
  if (!list) return numberHolds(0, node.is, node.value);
  const { at } = list;
  const end = countUpTo(at, scratch.now);
  const windowed = selector.withinMs !== Number.POSITIVE_INFINITY;
  const start = windowed ? countBefore(at, scratch.now - selector.withinMs) : 0;
  const sum = sumBetween(scratch, list, selector, node.column, start, end);
  const holds = numberHolds(sum, node.is, node.value);
  const leaving = windowed ? firstFlip(scratch, list, node, start, end, holds, sum) : -1;
  let until = leaving < 0 ? Number.POSITIVE_INFINITY : (at[leaving] as number) + selector.withinMs + 1;
  if (end < at.length) until = Math.min(until, at[end] as number);
  scratch.leafUntil = until;
  return holds;
}

/**
 * The first posting whose leaving flips the comparison, or -1; a bound, because the others of its millisecond leave with it. Running subtraction rounds differently from adding the rest anew, so it
 * decides only where it is further from the threshold than any rounding could carry it (Higham 2002, section 4.2: at most n·u·Σ|x|
 * for each of the two sums and for the subtractions); near the threshold the rest is added anew.
 */
function firstFlip(
  scratch: Scratch,
  list: PostingList,
  node: RuntimeNode,
  start: number,
  end: number,
  holds: boolean,
  sum: number,
): number {
  const { is, value, column } = node;
  const selector = node.events as RuntimeSelector;
  const all = seesAll(scratch, list, selector);
  const values = list.columns[column] as JsonValue[];
  let magnitude = 0;
  for (let i = start; i < end; i++) {
    const x = values[i];
    if (typeof x === 'number') magnitude += Math.abs(x);
  }
  const slack = (end - start + 1) * magnitude * 2 ** -50;
  let rest = sum;
  for (let i = start; i < end; i++) {
    const x = values[i];
    if (typeof x !== 'number' || !(all || sees(scratch, list, selector, i))) continue;
    rest -= x;
    const exact = Math.abs(rest - value) > slack ? rest : sumBetween(scratch, list, selector, column, i + 1, end);
    if (numberHolds(exact, is, value) !== holds) return i;
  }
  return -1;
}

function sumBetween(
  scratch: Scratch,
  list: PostingList,
  selector: RuntimeSelector,
  column: number,
  start: number,
  end: number,
): number {
  const values = list.columns[column] as JsonValue[];
  const all = seesAll(scratch, list, selector);
  let sum = 0;
  for (let i = start; i < end; i++) {
    const x = values[i];
    if (typeof x === 'number' && (all || sees(scratch, list, selector, i))) sum += x;
  }
  return sum;
}
