import type { Instant } from '../lib/ids.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/instant.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { compileLocalTime, compileTimeZone } from './time-zone.ts';

/** Reads one text as an instant; null when it does not fit exactly or names a time that never was. */
export type ParseDate = (text: string) => Instant | null;

type Field = 'year' | 'month' | 'day' | 'hour' | 'hour12' | 'half' | 'minute' | 'second' | 'fraction' | 'offset';

/**
 * The tokens of a format. A doubled letter wants exactly two digits, a single one takes one or two.
 * Anything else stands for itself; letters that do go in single quotes: `yyyy-MM-dd'T'HH:mm`.
 */
const TOKENS: Readonly<Record<string, readonly [Field, string]>> = {
  yyyy: ['year', '(\\d{4})'],
  MM: ['month', '(\\d{2})'],
  M: ['month', '(\\d{1,2})'],
  dd: ['day', '(\\d{2})'],
  d: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{2})'],
  H: ['hour', '(\\d{1,2})'],
  hh: ['hour12', '(\\d{2})'],
  h: ['hour12', '(\\d{1,2})'],
  a: ['half', '([AaPp][Mm])'],
  mm: ['minute', '(\\d{2})'],
  m: ['minute', '(\\d{1,2})'],
  ss: ['second', '(\\d{2})'],
  s: ['second', '(\\d{1,2})'],
  S: ['fraction', '(\\d{1,9})'],
  X: ['offset', '(Z|[+-]\\d{2}:?\\d{2})'],
};
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
const ISO_FIELDS: readonly Field[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'offset'];

/**
 * Compiles a format: tokens, or one of `iso` (ISO 8601 with an offset), `epoch-s`, `epoch-ms`. Strict, and
 * independent of the machine's own time zone. The error says what to write instead.
 */
export function compileDateFormat(format: string, timeZone: string | undefined): Result<ParseDate, string> {
  if (format === 'epoch-s' || format === 'epoch-ms') {
    const unit = format === 'epoch-s' ? SECOND_MS : 1;
    return ok((text) =>
      /^-?\d{1,14}(?:\.\d{1,9})?$/.test(text) ? (Math.round(Number(text) * unit) as Instant) : null,
    );
  }
  if (format === 'iso') return ok((text) => read(ISO.exec(text), ISO_FIELDS, noZone));
  const tokens = tokenise(format);
  if (!tokens.ok) return tokens;
  const { pattern, fields } = tokens.value;
  for (const needed of ['year', 'month', 'day'] as const) {
    if (!fields.includes(needed)) return err(`date format "${format}" has no ${needed}: write it with yyyy, M and d`);
  }
  if (fields.includes('hour12') !== fields.includes('half'))
    return err(`date format "${format}": h and a belong together; use H for 24 hours`);
  if (new Set(fields).size !== fields.length) return err(`date format "${format}" names a part twice`);
  if (fields.includes('offset')) return ok((text) => read(pattern.exec(text), fields, noZone));
  if (timeZone === undefined)
    return err(
      `date format "${format}" says no time zone: add timeZone to the column (UTC, +01:00 or such as Europe/London)`,
    );
  const offsetAt = compileTimeZone(timeZone);
  if (!offsetAt) return err(`unknown time zone "${timeZone}": use UTC, +01:00 or an IANA name such as Europe/London`);
  const toInstant = compileLocalTime(offsetAt);
  return ok((text) => read(pattern.exec(text), fields, toInstant));
}

function noZone(): null {
  return null;
}

function tokenise(format: string): Result<{ readonly pattern: RegExp; readonly fields: readonly Field[] }, string> {
  const fields: Field[] = [];
  let source = '';
  for (const [part] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z]/g)) {
    if (part.startsWith("'") && part.length > 1) {
      source += escapeRegExp(part.slice(1, -1));
    } else if (/^[A-Za-z]/.test(part)) {
      const token = TOKENS[part];
      if (!token)
        return err(
          `date format "${format}": unknown token "${part}"; use ${Object.keys(TOKENS).join(' ')}, iso, epoch-s or epoch-ms, and quote letters that stand for themselves`,
        );
      fields.push(token[0]);
      source += token[1];
    } else {
      source += escapeRegExp(part);
    }
  }
  return ok({ pattern: new RegExp(`^${source}$`), fields });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function read(
  match: RegExpExecArray | null,
  fields: readonly Field[],
  toInstant: (local: number) => number | null,
): Instant | null {
  if (!match) return null;
  const numbers: Partial<Record<Field, number>> = {};
  let afternoon = false;
  let offsetMs: number | null = null;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    const text = match[i + 1];
    if (field === undefined || text === undefined) continue;
    if (field === 'half') afternoon = text.toLowerCase() === 'pm';
    else if (field === 'offset') offsetMs = readOffset(text);
    else if (field === 'fraction') numbers.fraction = Math.floor(Number(`0.${text}`) * 1000);
    else numbers[field] = Number(text);
  }
  const { year = 0, month = 0, day = 0, minute = 0, second = 0, fraction = 0, hour12 } = numbers;
  if (hour12 !== undefined && (hour12 < 1 || hour12 > 12)) return null;
  const hour = hour12 === undefined ? (numbers.hour ?? 0) : (hour12 % 12) + (afternoon ? 12 : 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return null;
  // `setUTCFullYear` because `Date.UTC` takes years below 100 for 19xx.
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const local = midnight + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction;
  if (!fields.includes('offset')) return toInstant(local) as Instant | null;
  return offsetMs === null ? null : ((local - offsetMs) as Instant);
}

function readOffset(text: string): number | null {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 14 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
