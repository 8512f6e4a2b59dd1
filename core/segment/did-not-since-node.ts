import { countBefore, countUpTo } from './posting-list.ts';
import type { RuntimeNode, RuntimeSelector } from './runtime.ts';
import type { Scratch } from './scratch.ts';
import { latestVisible } from './visible.ts';

const NEVER = Number.NEGATIVE_INFINITY;
const FOREVER = Number.POSITIVE_INFINITY;

/**
 * The latest instant of a visible event in the window with `at < before`; -Infinity when there is none. Lowers `scratch.leafUntil` to
 * the first posting that is still ahead of now.
 */
export function latestOf(scratch: Scratch, selector: RuntimeSelector, before: number): number {
  const list = scratch.postings.lists[selector.query];
  if (!list) return NEVER;
  const { at } = list;
  let end = countUpTo(at, scratch.now);
  if (end < at.length) scratch.leafUntil = Math.min(scratch.leafUntil, at[end] as number);
  if (before <= scratch.now) end = countBefore(at, before);
  const start = selector.withinMs === FOREVER ? 0 : countBefore(at, scratch.now - selector.withinMs);
  const latest = latestVisible(scratch, list, selector, start, end);
  return latest < 0 ? NEVER : (at[latest] as number);
}

/**
 * The latest `did` that is early enough for the latest `thenSince` decides: any earlier one is worse against `notSince`. Events of one
 * millisecond are neither before nor after each other.
 */
export function didNotSinceHolds(scratch: Scratch, node: RuntimeNode): boolean {
  const did = node.events as RuntimeSelector;
  const { notSince, thenSince } = node;
  const then = thenSince === null ? FOREVER : latestOf(scratch, thenSince, FOREVER);
  const forbidden = notSince === null ? NEVER : latestOf(scratch, notSince, FOREVER);
  const latest = latestOf(scratch, did, then);
  // Without an event nothing that leaves a window can make it true.
  if (latest === NEVER) return false;
  if (forbidden > latest) {
    leaves(scratch, forbidden, notSince);
    return false;
  }
  leaves(scratch, latest, did);
  leaves(scratch, then, thenSince);
  return true;
}

/** The value may change when this event leaves its window: 1 ms after the last instant that the closed window holds it. */
function leaves(scratch: Scratch, at: number, selector: RuntimeSelector | null): void {
  if (selector !== null) scratch.leafUntil = Math.min(scratch.leafUntil, at + selector.withinMs + 1);
}
