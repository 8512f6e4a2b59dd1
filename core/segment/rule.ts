import type { JsonPrimitive } from '../lib/json.ts';

/**
 * The stored form of a rule, first version: a JSON tree. Meaning (three values, unknown handling, windows, ties) is that of
 * `segments.md`: missing data is unknown, unknown goes through not/and/or as in Kleene's logic, and is no member at the top.
 */
export type Rule =
  | { readonly op: 'and'; readonly of: readonly Rule[] }
  | { readonly op: 'or'; readonly of: readonly Rule[] }
  | { readonly op: 'not'; readonly of: Rule }
  /** Compares a stored attribute. `isNull` and `isNotNull` take no value and are never unknown. */
  | { readonly op: 'attribute'; readonly name: string; readonly is: Comparison; readonly value?: Operand }
  /** How many events match, compared with a number. Never unknown. */
  | { readonly op: 'count'; readonly of: EventQuery; readonly is: NumberComparison; readonly value: number }
  /** Sum of a numeric field of data over the matching events; events without the number are skipped; an empty sum is 0. */
  | {
      readonly op: 'sum';
      readonly field: string;
      readonly of: EventQuery;
      readonly is: NumberComparison;
      readonly value: number;
    }
  /** Some event matches `did`, with none matching `notSince` strictly later, and (if given) one matching `thenSince` strictly later. */
  | {
      readonly op: 'didNotSince';
      readonly did: EventQuery;
      readonly notSince?: EventQuery;
      readonly thenSince?: EventQuery;
    }
  | { readonly op: 'inSegment'; readonly segment: string };

export type NumberComparison = '=' | '!=' | '>' | '>=' | '<' | '<=';
export type Comparison = NumberComparison | 'in' | 'notIn' | 'contains' | 'startsWith' | 'isNull' | 'isNotNull';

/** A literal, a list for `in`/`notIn`, or (in event conditions) the value of a profile attribute. */
export type Operand = JsonPrimitive | readonly JsonPrimitive[] | { readonly attribute: string };

export interface EventQuery {
  /** Event types that match; any of them. */
  readonly types: readonly [string, ...string[]];
  /** All must hold; an unknown condition does not match. */
  readonly where?: readonly EventCondition[];
  /** Rolling window: at ≥ now − within (closed). Without it: any time up to now. */
  readonly within?: Window;
}

export interface EventCondition {
  /** Dotted path: `data` first (`category`, `total`), or `context.…`. */
  readonly field: string;
  readonly is: Comparison;
  readonly value?: Operand;
}

/** Exact durations: a day is 24 h, a week 7 of them. */
export interface Window {
  readonly amount: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week';
}
