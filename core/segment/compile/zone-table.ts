import { Temporal } from 'temporal-polyfill';
import type { Instant } from '../../lib/ids.ts';
import type { ZoneTable } from '../runtime/program.ts';

/** Birthdays are the oldest instants that rules ask for. */
const FROM = Temporal.Instant.from('1900-01-01T00:00:00Z');
const YEARS_AHEAD = 30;

/**
 * The offsets of an IANA zone from 1900 to 30 years after `now`; before and after, the first and the last one go on. UTC has
 * no starts. The zone's name has been checked.
 */
export function compileZone(name: string, now: Instant): ZoneTable {
  const end = zoned(now, 'UTC').add({ years: YEARS_AHEAD }).epochMilliseconds;
  let at = FROM.toZonedDateTimeISO(name);
  const starts: number[] = [];
  const offsets = [offsetMs(at)];
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > end) return { name, starts, offsets };
    at = next;
    const offset = offsetMs(at);
    // A transition may change the zone's abbreviation only.
    if (offset === offsets.at(-1)) continue;
    starts.push(at.epochMilliseconds);
    offsets.push(offset);
  }
}

/** A calendar day of the zone, [start, end) in milliseconds. The day exists: rules are checked before. */
export function daySpan(
  name: string,
  day: { readonly year: number; readonly month: number; readonly day: number },
): { readonly start: number; readonly end: number } {
  const date = Temporal.PlainDate.from({ year: day.year, month: day.month, day: day.day });
  const midnight = (of: Temporal.PlainDate) => of.toZonedDateTime({ timeZone: name }).epochMilliseconds;
  return { start: midnight(date), end: midnight(date.add({ days: 1 })) };
}

function zoned(ms: number, name: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
}

/** To the millisecond: offsets before standard time had seconds. */
function offsetMs(at: Temporal.ZonedDateTime): number {
  return Math.round(at.offsetNanoseconds / 1e6);
}
