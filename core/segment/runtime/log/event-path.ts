import type { JsonObject } from '../../../lib/json.ts';
import type { Value } from '../value.ts';

/** JSON as rules see it: nulls inside of lists are dropped. Null where nothing is. */
export function fromJson(json: unknown): Value {
  if (json === undefined || json === null) return null;
  if (typeof json !== 'object') return json as Value;
  if (Array.isArray(json)) return json.map(fromJson).filter((item) => item !== null);
  // A map without lists is taken as it is; most are.
  const entries = Object.entries(json);
  if (!entries.some(([, value]) => typeof value === 'object' && value !== null)) return json as Value;
  return Object.fromEntries(entries.map(([key, value]) => [key, fromJson(value)]));
}

/** The field of an event that a path of a LogPlan names. Over a list it maps; own properties only. */
export function readEventPath(data: JsonObject, context: JsonObject, steps: readonly string[]): Value {
  const first = steps[0] ?? '';
  const ofContext = first === 'context';
  if (steps.length === 1 && !ofContext) {
    const found = data[first];
    if (found === undefined || found === null) return null;
    // No object inherits such a value, so it is its own.
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return found;
  }
  let value: unknown = ofContext ? context : data;
  for (let i = ofContext ? 1 : 0; i < steps.length; i++) value = fieldOf(value, steps[i] as string);
  return fromJson(value);
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value))
    return value.map((item) => fieldOf(item, name)).filter((item) => item !== null && item !== undefined);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : null;
}
