import type { Code } from '../runtime/code.ts';
import { EVENT_FIELD, type FieldTest } from '../runtime/program.ts';
import type { Window } from '../runtime/window.ts';
import { slotsOf, visitCode } from './code-walk.ts';
import { bothWindows, windowOf } from './event-window.ts';

/** A condition on an event, as the conjunction of what the layers of the program can do. */
export interface SplitCondition {
  /** Null: any. */
  readonly types: readonly string[] | null;
  readonly where: readonly FieldTest[];
  /** Depends on the event alone, but is more than a test of a field. */
  readonly rest: readonly Code[];
  readonly window: Window | null;
  /** Reads time, the profile or another element. */
  readonly dynamic: readonly Code[];
}

/**
 * Splits a condition with the event in `slot`. Exact, because an element matches only if its condition is true: a
 * conjunction is true exactly if each part is.
 */
export function splitCondition(condition: Code, slot: number): SplitCondition {
  let types: readonly string[] | null = null;
  let window: Window | null = null;
  const where: FieldTest[] = [];
  const rest: Code[] = [];
  const dynamic: Code[] = [];
  for (const part of conjuncts(condition)) {
    const test = fieldTest(part, slot);
    const within = test ? null : windowOn(part, slot);
    if (test?.column === EVENT_FIELD.type) types = bothTypes(types, test.values.filter(isText));
    else if (test) where.push(test);
    else if (within) {
      const both = bothWindows(window, within);
      if (both) window = both;
      else dynamic.push(part);
    } else if (isStatic(part, slot)) rest.push(part);
    else dynamic.push(part);
  }
  return { types, where, rest, window, dynamic };
}

/** The parts of nested `and`s. */
export function conjuncts(condition: Code): readonly Code[] {
  return condition.op === 'and' ? condition.of.flatMap(conjuncts) : [condition];
}

export function bothTypes(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  const second = new Set(b);
  return a.filter((type) => second.has(type));
}

const isText = (value: unknown): value is string => typeof value === 'string';

const FLIPPED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function fieldTest(part: Code, slot: number): FieldTest | null {
  switch (part.op) {
    case 'compare': {
      const [field, literal, is] =
        part.left.op === 'literal' ? [part.right, part.left, FLIPPED[part.is]] : [part.left, part.right, part.is];
      const column = columnOf(field, slot);
      if (column === null || literal.op !== 'literal' || is === '!=') return null;
      if (is === '=') return { column, is: 'in', values: [literal.value] };
      // Booleans have no order.
      return column >= 0 && typeof literal.value !== 'boolean' ? { column, is, values: [literal.value] } : null;
    }
    case 'call': {
      if (part.function !== 'in' && part.function !== 'includes') return null;
      const [value, list] = part.function === 'in' ? part.args : [part.args[1], part.args[0]];
      const column = value ? columnOf(value, slot) : null;
      const values = list?.op === 'list' ? literalsOf(list.items) : null;
      return column === null || values === null ? null : { column, is: 'in', values };
    }
    case 'or': {
      const tests = part.of.map((alternative) => fieldTest(alternative, slot));
      const [first] = tests;
      if (!first || !tests.every((test) => test?.is === 'in' && test.column === first.column)) return null;
      return { column: first.column, is: 'in', values: tests.flatMap((test) => test?.values ?? []) };
    }
    default:
      return null;
  }
}

/** The values of literals, each once, in order; null where something else is among them. */
export function literalsOf(items: readonly Code[]): readonly (string | number | boolean)[] | null {
  const values = items.map((item) => (item.op === 'literal' ? item.value : null));
  return values.every((value) => value !== null) ? [...new Set(values)] : null;
}

/** The column of a field of the event that can be tested; times and the event itself cannot. */
function columnOf(code: Code, slot: number): number | null {
  if (code.op !== 'field' || code.of.op !== 'slot' || code.of.slot !== slot) return null;
  const { column } = code;
  return column === EVENT_FIELD.at || column === EVENT_FIELD.none ? null : column;
}

function windowOn(part: Code, slot: number): Window | null {
  if (part.op !== 'occurs' || part.of.op !== 'field' || part.of.column !== EVENT_FIELD.at) return null;
  return part.of.of.op === 'slot' && part.of.of.slot === slot ? windowOf(part.when) : null;
}

const DYNAMIC_OPS: ReadonlySet<Code['op']> = new Set([
  'now',
  'calendar',
  'attribute',
  'cell',
  'member',
  'score',
  'rows',
]);
const CLOCK_FUNCTIONS = new Set(['currentMonth', 'currentYear', 'currentDayOfMonth', 'anniversary', 'decayed']);

function isStatic(code: Code, slot: number): boolean {
  let found = true;
  visitCode(code, (node) => {
    if (DYNAMIC_OPS.has(node.op) || (node.op === 'call' && CLOCK_FUNCTIONS.has(node.function))) found = false;
  });
  if (!found) return false;
  const { read, bound } = slotsOf(code);
  return [...read].every((other) => other === slot || bound.has(other));
}
