import { codePointOrder } from '../bits/code-point-order.ts';
import type { Reader } from '../reader.ts';
import { InstantValue, SpanValue, type Value } from '../value.ts';
import { instantOf, isNow } from './instant-of.ts';
import { isNumber, nameCrossing, numberAt } from './moving-number.ts';
import { someOf } from './some-of.ts';
import type { Truth } from './truth-of.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export function isTime(value: Value): boolean {
  return value instanceof InstantValue || value instanceof SpanValue;
}

/** Negative, zero or positive; null where two values have no order. Tells the reader when that will be different. */
export function order(a: Value, b: Value, reader: Reader): number | null {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isTime(a) || isTime(b)) {
    const [x, y] = [instantOf(a, reader), instantOf(b, reader)];
    if (x === null || y === null) return null;
    if (isNow(a) !== isNow(b)) for (const late of [0, 1]) reader.changesAt((isNow(a) ? y : x) + late);
    return x - y;
  }
  if (isNumber(a) && isNumber(b)) {
    nameCrossing(a, b, reader);
    return numberAt(a, reader.now) - numberAt(b, reader.now);
  }
  return typeof a === 'string' && typeof b === 'string' ? codePointOrder(a, b) : null;
}

export function equal(a: Value, b: Value, reader: Reader): Truth {
  if (a === null || b === null) return null;
  if (typeof a !== 'object' && typeof a === typeof b) return a === b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && someOf<Value>(a, false, (item, i) => equal(item, b[i] as Value, reader));
  }
  const difference = order(a, b, reader);
  return difference === null ? null : difference === 0;
}

/** An "or" of equalities. */
export function isIn(value: Value, list: Value, reader: Reader): Truth {
  return Array.isArray(list) ? someOf<Value>(list, true, (item) => equal(value, item, reader)) : null;
}

export function compare(a: Value, is: Comparison, b: Value, reader: Reader): Truth {
  if (is === '=' || is === '!=') {
    const same = equal(a, b, reader);
    return same === null ? null : same === (is === '=');
  }
  const difference = order(a, b, reader);
  return difference === null ? null : meets(difference, is);
}

/** Whether a difference has the sign that a comparison asks for. */
export function meets(difference: number, is: Comparison): boolean {
  if (difference === 0) return is === '=' || is === '<=' || is === '>=';
  return is === '!=' || (difference < 0 ? '<' : difference > 0 ? '>' : null) === is[0];
}
