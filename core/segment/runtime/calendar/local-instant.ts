import type { ZoneTable } from '../program.ts';
import { DAY_MS } from './unit-length.ts';
import { nextTransition, offsetAt } from './zone-offset.ts';

/**
 * The instant at which the zone's clock shows `local` (milliseconds as if it were UTC). A time that comes twice: the first one. A time
 * that is left out: as far after the gap as it lies in it, or with `atGap` the gap's end.
 */
export function localInstant(zone: ZoneTable, local: number, atGap = false): number {
  const before = local - offsetAt(zone, local - DAY_MS);
  const after = local - offsetAt(zone, local + DAY_MS);
  for (const instant of [before, after]) if (instant + offsetAt(zone, instant) === local) return instant;
  return atGap ? nextTransition(zone, after) : before;
}
