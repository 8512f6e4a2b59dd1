import type { TimeUnit } from '../../language/time-unit.ts';
import type { ZoneTable } from '../program.ts';
import { civilDate, dayOfMonth } from './civil-date.ts';
import { localInstant } from './local-instant.ts';
import { DAY_MS, UNIT_LENGTH } from './unit-length.ts';
import { offsetAt } from './zone-offset.ts';

/** So many units later; earlier for a negative amount. */
export function addUnits(instant: number, amount: number, unit: TimeUnit, zone: ZoneTable): number {
  const length = UNIT_LENGTH[unit];
  return length > 0 ? instant + amount * length : addMonths(instant, -amount * length, zone);
}

/** So many months later by the zone's clock; the day is at most the month's last. */
export function addMonths(instant: number, amount: number, zone: ZoneTable): number {
  if (amount === 0) return instant;
  const local = instant + offsetAt(zone, instant);
  const days = Math.floor(local / DAY_MS);
  const { months, day } = civilDate(days);
  return localInstant(zone, local + (dayOfMonth(months + amount, day) - days) * DAY_MS);
}
