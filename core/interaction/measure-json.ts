import type { Instant } from '../lib/ids.ts';
import { formatInstant } from '../lib/instant.ts';
import type { JsonValue } from '../lib/json.ts';
import { eventId, type Log } from '../segment/runtime/log/log.ts';
import { EventRow, InstantValue, MovingMap, MovingNumber, SpanValue, type Value } from '../segment/runtime/value.ts';

/** A measure's value as others read it: instants in ISO 8601, calendar units by their start, events by their ids. Null: unknown. */
export function measureJson(value: Value, log: Log, now: Instant): JsonValue {
  const json = (item: Value) => measureJson(item, log, now);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof InstantValue) return formatInstant(value.ms as Instant);
  if (value instanceof SpanValue) return formatInstant(value.start as Instant);
  if (value instanceof EventRow) return eventId(log, value.row);
  if (value instanceof MovingNumber) return value.at(now);
  if (value instanceof MovingMap) {
    return Object.fromEntries([...value.entries].map(([name, interest]) => [name, json(interest)]));
  }
  return Array.isArray(value) ? value.map(json) : (value as unknown as JsonValue);
}
