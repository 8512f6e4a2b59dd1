import type { Comparison } from '../../core/segment/language/expression.ts';
import { instantOf } from './calendar.ts';
import { all, Instant, isList, not, Span, some, type Truth, type Value } from './value.ts';

const isTime = (value: Value) => value instanceof Instant || value instanceof Span;

export function equal(a: Value, b: Value, zone: string): Truth {
  if (a === null || b === null) return null;
  if (isTime(a) || isTime(b)) {
    const [x, y] = [instantOf(a, zone), instantOf(b, zone)];
    return x === null || y === null ? null : x === y;
  }
  if (isList(a) && isList(b))
    return a.length !== b.length ? false : all(a.map((item, i) => equal(item, b[i] ?? null, zone)));
  if (typeof a === 'object' || typeof b === 'object' || typeof a !== typeof b) return null;
  return a === b;
}

/** Negative, zero or positive, or null where two values have no order. */
export function order(a: Value, b: Value, zone: string): number | null {
  if (isTime(a) || isTime(b)) {
    const [x, y] = [instantOf(a, zone), instantOf(b, zone)];
    return x === null || y === null ? null : x - y;
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return typeof a === 'string' && typeof b === 'string' ? textOrder(a, b) : null;
}

/** By code point. */
function textOrder(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

export function compare(a: Value, is: Comparison, b: Value, zone: string): Truth {
  if (is === '=') return equal(a, b, zone);
  if (is === '!=') return not(equal(a, b, zone));
  if (a === null || b === null) return null;
  const difference = order(a, b, zone);
  return difference === null ? null : meets(difference, is, 0);
}

export function meets(a: number, is: Comparison, b: number): boolean {
  switch (is) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** An `or` of equalities. */
export function isIn(value: Value, list: Value, zone: string): Truth {
  return isList(list) ? some(list.map((item) => equal(value, item, zone))) : null;
}
