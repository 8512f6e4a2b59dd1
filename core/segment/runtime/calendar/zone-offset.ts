import type { ZoneTable } from '../program.ts';
import { DAY_MS } from './unit-length.ts';

/** How many transitions of the zone are at or before the instant. */
export function transitionsUntil({ starts }: ZoneTable, instant: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Milliseconds ahead of UTC. */
export function offsetAt(zone: ZoneTable, instant: number): number {
  return zone.offsets[transitionsUntil(zone, instant)] as number;
}

/** The next transition after the instant; Infinity where there is none. */
export function nextTransition(zone: ZoneTable, instant: number): number {
  return zone.starts[transitionsUntil(zone, instant)] ?? Number.POSITIVE_INFINITY;
}

/** Within a day of the instant the zone's clock is turned: units may come again, or be of other lengths. */
export function isTurning(zone: ZoneTable, instant: number): boolean {
  return nextTransition(zone, instant - DAY_MS) < instant + DAY_MS;
}
