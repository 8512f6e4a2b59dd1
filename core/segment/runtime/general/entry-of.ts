import { type JsonMap, MovingMap, Opaque, type Value } from '../value.ts';

export function isMap(value: Value): value is JsonMap | MovingMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return value instanceof MovingMap || !(value instanceof Opaque);
}

/** What a map holds under a name of its own; null for nothing, and for what is no map. */
export function entryOf(map: Value, name: string): Value {
  if (!isMap(map)) return null;
  if (map instanceof MovingMap) return map.entries.get(name) ?? null;
  return Object.hasOwn(map, name) ? ((map[name] ?? null) as Value) : null;
}
