import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/instant.ts';

/** Milliseconds that local clocks are ahead of UTC at an instant. */
export type OffsetAt = (utcMs: number) => number;

const FIXED = /^([+-])(\d{2}):(\d{2})$/;
const MAX_CACHED_DAYS = 4096;

/** Reads `UTC`, a fixed offset such as `+01:00`, or an IANA name such as `Europe/London`; null for anything else. */
export function compileTimeZone(zone: string): OffsetAt | null {
  if (zone === 'UTC' || zone === 'Z') return () => 0;
  const fixed = FIXED.exec(zone);
  if (fixed) {
    const hours = Number(fixed[2]);
    const minutes = Number(fixed[3]);
    if (hours > 14 || minutes > 59) return null;
    const offset = (fixed[1] === '-' ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
    return () => offset;
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
  return (utcMs) => localMs(format, utcMs) - Math.floor(utcMs / 1000) * 1000;
}

function localMs(format: Intl.DateTimeFormat, utcMs: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(utcMs)) part[type] = Number(value);
  return Date.UTC(
    part.year ?? 0,
    (part.month ?? 1) - 1,
    part.day ?? 1,
    part.hour ?? 0,
    part.minute ?? 0,
    part.second ?? 0,
  );
}

/**
 * Turns local clock time (written as if it were UTC, in ms) into an instant. A time that the clocks skipped gives
 * null; a time that they showed twice gives the first.
 */
export function compileLocalTime(offsetAt: OffsetAt): (localAsUtcMs: number) => number | null {
  // Offsets of whole days, because most files hold many rows a day and looking one up costs microseconds.
  const days = new Map<number, number>();
  const offsetOfDay = (day: number): number => {
    let offset = days.get(day);
    if (offset === undefined) {
      if (days.size >= MAX_CACHED_DAYS) days.clear();
      offset = offsetAt(day * DAY_MS);
      days.set(day, offset);
    }
    return offset;
  };
  return (local) => {
    const day = Math.floor(local / DAY_MS);
    const before = offsetOfDay(day - 1);
    const after = offsetOfDay(day + 2);
    if (before === after) return local - before;
    const candidates = [local - Math.max(before, after), local - Math.min(before, after)];
    return candidates.find((utc) => utc + offsetAt(utc) === local) ?? null;
  };
}
