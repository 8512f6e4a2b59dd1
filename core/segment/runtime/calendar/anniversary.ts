import type { ZoneTable } from '../program.ts';
import { type CivilDate, civilDate, dayOfMonth } from './civil-date.ts';
import { dayAt, startOfDay, unitUntil } from './unit-around.ts';
import { isTurning } from './zone-offset.ts';

/** The anniversary of a date in a year, as a day from 1970-01-01. 29 February is 28 February in common years. */
function anniversaryIn(year: number, { months, day }: CivilDate): number {
  return dayOfMonth(year * 12 + (((months % 12) + 12) % 12), day);
}

/** Whether `now` has the month and day of the instant, and from when on that may be different. */
export function anniversary(
  instant: number,
  now: number,
  zone: ZoneTable,
): { readonly holds: boolean; readonly until: number } {
  const born = civilDate(dayAt(instant, zone));
  const today = dayAt(now, zone);
  const year = Math.floor(civilDate(today).months / 12);
  const day = anniversaryIn(year, born);
  const next = day === today ? today + 1 : day > today ? day : anniversaryIn(year + 1, born);
  // Where clocks go back over midnight a day begins twice.
  const until = isTurning(zone, now) ? unitUntil(now, 'day', zone) : startOfDay(next, zone);
  return { holds: day === today, until };
}
