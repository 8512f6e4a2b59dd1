import type { TimeUnit } from '../../language/time-unit.ts';
import type { ZoneTable } from '../program.ts';
import { SpanValue } from '../value.ts';
import { civilDate, firstDayOf } from './civil-date.ts';
import { localInstant } from './local-instant.ts';
import { DAY_MS, UNIT_LENGTH } from './unit-length.ts';
import { offsetAt } from './zone-offset.ts';

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
  let first = dayAt(instant, zone);
  let next = first + 1;
  if (length < 0) {
    const months = Math.floor(civilDate(first).months / -length) * -length;
    first = firstDayOf(months);
    next = firstDayOf(months - length);
  } else if (length > DAY_MS) {
    // 1970-01-01 was a Thursday; weeks start on Monday.
    first = Math.floor((first + 3) / 7) * 7 - 3;
    next = first + 7;
  }
  return new SpanValue(startOfDay(first, zone), startOfDay(next, zone));
}

/** The unit that holds the instant, or the one before or after it. */
export function neighbour(instant: number, unit: TimeUnit, shift: -1 | 0 | 1, zone: ZoneTable): SpanValue {
  const here = unitAround(instant, unit, zone);
  return shift === 0 ? here : unitAround(shift < 0 ? here.start - 1 : here.end, unit, zone);
}
