import type { ZoneTable } from '../program.ts';
import { firstDayOf } from './civil-date.ts';
import { localInstant } from './local-instant.ts';
import { DAY_MS } from './unit-length.ts';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?)?$/;

/** A number for each group; 0 for what is left out or is no number. */
type Parts = readonly [number, number, number, number, number, number, number, number, number, number, number, number];

/**
 * Text in ISO 8601 form as an instant; null for any other text. A date alone is its midnight, a time without offset is the zone's clock;
 * what is finer than a millisecond is cut off, a leap second is the one before.
 */
export function parseIso(text: string, zone: ZoneTable): number | null {
  const found = ISO.exec(text);
  if (!found) return null;
  const parts = found.map((part) => Number(part) || 0) as unknown as Parts;
  const [, year, month, day, hour, minute, second, , , , aheadHour, aheadMinute] = parts;
  const months = year * 12 + month - 1;
  const first = firstDayOf(months);
  if (month < 1 || month > 12 || day < 1 || first + day > firstDayOf(months + 1)) return null;
  if (hour > 23 || minute > 59 || second > 60 || aheadHour > 23 || aheadMinute > 59) return null;
  const ms = Number(`${found[7] ?? ''}00`.slice(0, 3));
  const clock = (hour * 60 + minute) * 60_000 + Math.min(second, 59) * 1000 + ms;
  const local = (first + day - 1) * DAY_MS + clock;
  if (found[8]) return local;
  const ahead = (aheadHour * 60 + aheadMinute) * 60_000;
  return found[9] ? local - (found[9] === '-' ? -ahead : ahead) : localInstant(zone, local);
}
