import { parseIso } from '../calendar/parse-iso.ts';
import type { Reader } from '../reader.ts';
import { InstantValue, SpanValue, type Value } from '../value.ts';

/** The value is `now` itself. */
export function isNow(value: Value): boolean {
  return value instanceof InstantValue && value.moves;
}

/** The instant that a value is where one is wanted: a calendar unit is its start, text may be in ISO form. */
export function instantOf(value: Value, reader: Reader): number | null {
  if (value instanceof InstantValue) return value.moves ? reader.now : value.ms;
  if (value instanceof SpanValue) return value.start;
  return typeof value === 'string' ? parseIso(value, reader.zone) : null;
}
