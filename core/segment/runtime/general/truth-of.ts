import type { Value } from '../value.ts';

export type Truth = true | false | null;

/** A value as a condition: a list means "not empty"; null is unknown. */
export function truthOf(value: Value): Truth {
  return typeof value === 'boolean' ? value : Array.isArray(value) ? value.length > 0 : null;
}
