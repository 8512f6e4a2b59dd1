import { numberHolds } from './comparing.ts';
import { countBefore, countUpTo, type PostingList } from './posting-list.ts';
import type { NumberComparison } from './rule.ts';
import type { RuntimeNode, RuntimeSelector } from './runtime.ts';
import type { Scratch } from './scratch.ts';
import { sees, seesAll } from './visible.ts';

/** How many events the node counts at the scratch's instant. */
export function countOf(scratch: Scratch, selector: RuntimeSelector): number {
  const list = scratch.postings.lists[selector.query];
  if (!list) return 0;
  const end = countUpTo(list.at, scratch.now);
  return countBetween(scratch, list, selector, countBefore(list.at, scratch.now - selector.withinMs), end);
}

export function countHolds(scratch: Scratch, node: RuntimeNode): boolean {
  const selector = node.events as RuntimeSelector;
  const list = scratch.postings.lists[selector.query];
  if (!list) return numberHolds(0, node.is, node.value);
  const { at } = list;
  const end = countUpTo(at, scratch.now);
  const windowed = selector.withinMs !== Number.POSITIVE_INFINITY;
  const start = windowed ? countBefore(at, scratch.now - selector.withinMs) : 0;
  const count = countBetween(scratch, list, selector, start, end);
  // A posting ahead of now will come to exist; whether it is visible shows then.
  if (end < at.length) scratch.leafUntil = at[end] as number;
  if (windowed) {
    const target = nextCount(count, node.is, node.value);
    if (target >= 0) {
      const leaving = fromEnd(scratch, list, selector, start, end, target);
      scratch.leafUntil = Math.min(scratch.leafUntil, (at[leaving] as number) + selector.withinMs + 1);
    }
  }
  return numberHolds(count, node.is, node.value);
}

/** The largest smaller count with the other truth value: only leaving events lower a count. -1: none. */
function nextCount(count: number, is: NumberComparison, value: number): number {
  switch (is) {
    case '>=':
    case '<':
      return count >= value ? Math.ceil(value) - 1 : -1;
    case '>':
    case '<=':
      return count > value ? Math.floor(value) : -1;
    case '=':
    case '!=':
      if (count === value) return count - 1;
      return count > value && Number.isInteger(value) ? value : -1;
  }
}

function countBetween(
  scratch: Scratch,
  list: PostingList,
  selector: RuntimeSelector,
  start: number,
  end: number,
): number {
  if (seesAll(scratch, list, selector)) return end - start;
  let count = 0;
  for (let i = start; i < end; i++) if (sees(scratch, list, selector, i)) count++;
  return count;
}

/** The posting that has `later` visible ones after it in [start, end). */
function fromEnd(
  scratch: Scratch,
  list: PostingList,
  selector: RuntimeSelector,
  start: number,
  end: number,
  later: number,
): number {
  if (seesAll(scratch, list, selector)) return end - 1 - later;
  let left = later;
  let i = end - 1;
  for (; i > start; i--) if (sees(scratch, list, selector, i) && left-- === 0) break;
  return i;
}
