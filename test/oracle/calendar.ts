import { Temporal } from 'temporal-polyfill';
import { TIME_UNITS, type TimeUnit } from '../../core/segment/language/time-unit.ts';
import { Instant, Span, type Value } from './value.ts';

type Zoned = Temporal.ZonedDateTime;

const zoned = (ms: number, zone: string): Zoned => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);

/** So many units later (or earlier, for a negative amount). */
export function addUnits(ms: number, amount: number, unit: TimeUnit, zone: string): number {
  const { ms: length, months } = TIME_UNITS[unit];
  if (months === 0) return ms + amount * length;
  return zoned(ms, zone).add({ months: amount * months }).epochMilliseconds;
}

/** The calendar unit that holds the instant. Units below a day are counted by the clock that the zone shows. */
export function unitAround(ms: number, unit: TimeUnit, zone: string): Span {
  const { ms: length } = TIME_UNITS[unit];
  if (length > 0 && length < 86_400_000) {
    const offset = zoned(ms, zone).offsetNanoseconds / 1e6;
    const start = Math.floor((ms + offset) / length) * length - offset;
    return new Span(start, start + length);
  }
  const day = zoned(ms, zone).toPlainDate();
  const first = firstDay(day, unit);
  const next =
    unit === 'day'
      ? first.add({ days: 1 })
      : unit === 'week'
        ? first.add({ days: 7 })
        : first.add({ months: TIME_UNITS[unit].months });
  return new Span(midnight(first, zone), midnight(next, zone));
}

function firstDay(day: Temporal.PlainDate, unit: TimeUnit): Temporal.PlainDate {
  switch (unit) {
    case 'week':
      return day.subtract({ days: day.dayOfWeek - 1 });
    case 'month':
      return day.with({ day: 1 });
    case 'quarter':
      return day.with({ month: day.month - ((day.month - 1) % 3), day: 1 });
    case 'year':
    case 'decade':
    case 'century':
    case 'millennium': {
      const years = TIME_UNITS[unit].months / 12;
      return day.with({ year: Math.floor(day.year / years) * years, month: 1, day: 1 });
    }
    default:
      return day;
  }
}

function midnight(day: Temporal.PlainDate, zone: string): number {
  return day.toZonedDateTime({ timeZone: zone }).startOfDay().epochMilliseconds;
}

/** `yesterday`, `next month`: the unit beside the one that holds the instant. */
export function neighbour(ms: number, unit: TimeUnit, shift: -1 | 0 | 1, zone: string): Span {
  const here = unitAround(ms, unit, zone);
  return shift === 0 ? here : unitAround(shift < 0 ? here.start - 1 : here.end, unit, zone);
}

export function dayOf(year: number, month: number, day: number, zone: string): Span {
  return unitAround(midnight(Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' }), zone), 'day', zone);
}

export function partsOf(
  ms: number,
  zone: string,
): { readonly year: number; readonly month: number; readonly day: number } {
  const { year, month, day } = zoned(ms, zone);
  return { year, month, day };
}

/** Same month and day; 29 February is 28 February in common years. */
export function isAnniversary(ms: number, now: number, zone: string): boolean {
  const born = partsOf(ms, zone);
  const today = zoned(now, zone).toPlainDate();
  const day = born.month === 2 && born.day === 29 && !today.inLeapYear ? 28 : born.day;
  return today.month === born.month && today.day === day;
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Text in ISO 8601 form as an instant: a date alone is its midnight, a time without offset is the zone's clock. */
export function parseIso(text: string, zone: string): number | null {
  const match = ISO.exec(text);
  if (!match) return null;
  try {
    if (match[1] !== undefined) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return null;
  }
}

/** The instant that a value is where one is wanted: a calendar unit is its start. */
export function instantOf(value: Value, zone: string): number | null {
  if (value instanceof Instant) return value.ms;
  if (value instanceof Span) return value.start;
  return typeof value === 'string' ? parseIso(value, zone) : null;
}
