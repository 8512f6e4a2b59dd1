import type { Instant } from '../lib/ids.ts';
import { parseInstant } from '../lib/instant.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Comparison, NumberComparison } from './rule.ts';
import { FALSE, not, TRUE, type Truth, UNKNOWN } from './truth.ts';

/**
 * One comparison, three-valued. A missing side (undefined or null) is unknown, except to `isNull` and `isNotNull`. Types are never
 * coerced: sides of different types are unknown. `in` is an `or` of equalities, `notIn` its `not`; nulls inside lists are ignored.
 */
export function compareValues(left: JsonValue | undefined, is: Comparison, right: JsonValue | undefined): Truth {
  if (is === 'isNull') return left === undefined || left === null ? TRUE : FALSE;
  if (is === 'isNotNull') return left === undefined || left === null ? FALSE : TRUE;
  if (left === undefined || left === null || right === undefined || right === null) return UNKNOWN;
  switch (is) {
    case '=':
      return equal(left, right);
    case '!=':
      return not(equal(left, right));
    case 'in':
      return among(left, right);
    case 'notIn':
      return not(among(left, right));
    case 'contains':
      if (typeof left !== 'string') return among(right, left);
      return typeof right === 'string' ? truth(left.includes(right)) : UNKNOWN;
    case 'startsWith':
      return typeof left === 'string' && typeof right === 'string' ? truth(left.startsWith(right)) : UNKNOWN;
    default:
      if (typeof left === 'number' && typeof right === 'number') return truth(numberHolds(left, is, right));
      if (typeof left === 'string' && typeof right === 'string')
        return truth(numberHolds(compareText(left, right), is, 0));
      return UNKNOWN;
  }
}

export function numberHolds(left: number, is: NumberComparison, right: number): boolean {
  switch (is) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
  }
}

/** The value as an instant in ms, where one is wanted: a number is ms already, text must be ISO 8601 with an offset; null otherwise. */
export function instantValue(value: JsonValue | undefined): Instant | null {
  if (typeof value === 'number') return value as Instant;
  return typeof value === 'string' ? parseInstant(value) : null;
}

function truth(value: boolean): Truth {
  return value ? TRUE : FALSE;
}

function equal(left: JsonValue, right: JsonValue): Truth {
  if (typeof left !== typeof right || typeof left === 'object') return UNKNOWN;
  return truth(left === right);
}

function among(value: JsonValue, list: JsonValue): Truth {
  if (!Array.isArray(list)) return UNKNOWN;
  let found: Truth = FALSE;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as JsonValue;
    if (item === null) continue;
    const same = equal(value, item);
    if (same === TRUE) return TRUE;
    if (same === UNKNOWN) found = UNKNOWN;
  }
  return found;
}

/** Order by code point. JavaScript's own order is by UTF-16 unit, which puts astral characters before U+E000…U+FFFF. */
export function compareText(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above every other unit (the fix-up of ICU's u_strcmpCodePointOrder). */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
