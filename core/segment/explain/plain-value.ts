import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { eventId, type Log } from '../runtime/log/log.ts';
import { EventRow, InstantValue, MovingMap, MovingNumber, SpanValue, type Value } from '../runtime/value.ts';

/** Items of a list, and entries of a map, that are shown. */
export const SHOWN_ITEMS = 5;
const SHOWN_ENTRIES = 20;
const SHOWN_TEXT = 500;
const DEEPEST = 8;

/** A value as plain JSON, for people: instants in ISO 8601, events by their ids, long things cut. Unknown is null. */
export function plainValue(value: Value, log: Log, now: number): JsonValue {
  return plain(value, log, now, 0);
}

function plain(value: unknown, log: Log, now: number, depth: number): JsonValue {
  if (value === null || value === undefined || depth > DEEPEST) return null;
  if (typeof value === 'string') return value.length > SHOWN_TEXT ? `${value.slice(0, SHOWN_TEXT)}…` : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (value instanceof InstantValue) return isoText(value.ms);
  if (value instanceof SpanValue) return { from: isoText(value.start), until: isoText(value.end) };
  if (value instanceof EventRow) return eventId(log, value.row);
  if (value instanceof MovingNumber) return plain(value.at(now), log, now, depth);
  if (value instanceof MovingMap) return entries(value.entries, log, now, depth);
  if (Array.isArray(value)) return shownItems(value).map((item) => plain(item, log, now, depth + 1));
  return entries(Object.entries(value), log, now, depth);
}

/** The first ones; of events the last ones, the newest first. */
export function shownItems<T>(list: readonly T[]): readonly T[] {
  return list[0] instanceof EventRow ? list.slice(-SHOWN_ITEMS).reverse() : list.slice(0, SHOWN_ITEMS);
}

function entries(of: Iterable<readonly [string, unknown]>, log: Log, now: number, depth: number): JsonObject {
  return Object.fromEntries(
    [...of].slice(0, SHOWN_ENTRIES).map(([key, value]) => [key, plain(value, log, now, depth + 1)]),
  );
}

/** Rules may reach beyond the years that a date can show. */
function isoText(ms: number): string | number {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? ms : date.toISOString();
}
