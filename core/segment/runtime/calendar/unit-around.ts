import type { TimeUnit } from '../../language/time-unit.ts';
import type { ZoneTable } from '../program.ts';
import { SpanValue } from '../value.ts';
import { civilDate, firstDayOf } from './civil-date.ts';
import { localInstant } from './local-instant.ts';
import { DAY_MS, UNIT_LENGTH } from './unit-length.ts';
import { nextTransition, offsetAt } from './zone-offset.ts';

/** The first instant of a day, counted from 1970-01-01 in the zone. */
export function startOfDay(days: number, zone: ZoneTable): number {
  return localInstant(zone, days * DAY_MS, true);
}

/** The day that the zone's calendar shows, counted from 1970-01-01. */
export function dayAt(instant: number, zone: ZoneTable): number {
  return Math.floor((instant + offsetAt(zone, instant)) / DAY_MS);
}

/** The calendar unit that holds the instant. Units below a day are counted by the clock that the zone shows. */
export function unitAround(instant: number, unit: TimeUnit, zone: ZoneTable): SpanValue {
  const length = UNIT_LENGTH[unit];
  if (length > 0 && length < DAY_MS) {
    const offset = offsetAt(zone, instant);
    const start = Math.floor((instant + offset) / length) * length - offset;
    return new SpanValue(start, start + length);
  }
  const [first, next] = daysAround(dayAt(instant, zone), length);
  return new SpanValue(startOfDay(first, zone), startOfDay(next, zone));
}

/** The first day of the unit of a day or longer that holds a day, and the first one of the next unit. */
function daysAround(day: number, length: number): readonly [first: number, next: number] {
  if (length < 0) {
    const months = Math.floor(civilDate(day).months / -length) * -length;
    return [firstDayOf(months), firstDayOf(months - length)];
  }
  if (length === DAY_MS) return [day, day + 1];
  // 1970-01-01 was a Thursday; weeks start on Monday.
  const monday = Math.floor((day + 3) / 7) * 7 - 3;
  return [monday, monday + 7];
}

/**
 * The first later instant at which another unit may hold `now`: its clock comes to the next one, or is turned before. Where it goes back over midnight
 * a day begins twice, and a unit's end may be past while it goes on.
 */
export function unitUntil(now: number, unit: TimeUnit, zone: ZoneTable): number {
  const length = UNIT_LENGTH[unit];
  const local = now + offsetAt(zone, now);
  const isOfClock = length > 0 && length < DAY_MS;
  const next = isOfClock
    ? Math.floor(local / length) * length + length
    : daysAround(Math.floor(local / DAY_MS), length)[1] * DAY_MS;
  return Math.min(now + next - local, nextTransition(zone, now));
}

/** The unit that holds the instant, or the one before or after it. */
export function neighbour(instant: number, unit: TimeUnit, shift: -1 | 0 | 1, zone: ZoneTable): SpanValue {
  const here = unitAround(instant, unit, zone);
  return shift === 0 ? here : unitAround(shift < 0 ? here.start - 1 : here.end, unit, zone);
}
