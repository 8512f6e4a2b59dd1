import type { Code } from '../runtime/code.ts';
import type { Query } from '../runtime/program.ts';
import type { Window } from '../runtime/window.ts';
import { compactSlots } from './code-walk.ts';
import { bothWindows } from './event-window.ts';
import { bothTypes, conjuncts, type SplitCondition, splitCondition } from './split-condition.ts';
import type { Tables } from './tables.ts';

type Rows = Extract<Code, { op: 'rows' }>;

/** All events that exist for the purposes. */
export function allRows(tables: Tables, purposes: number): Code {
  return { op: 'rows', query: tables.query({ purposes, types: null, where: [], rest: null }), window: null };
}

/** Elements of a list for which a condition with the element in `slot` is true, as far as possible by the list's own query. */
export function filterCode(tables: Tables, of: Code, slot: number, where: Code): Code {
  const { list, rest } = narrowRows(tables, of, slot, where);
  if (rest === null) return list;
  if (list.op !== 'filter' || list.slot !== slot) return { op: 'filter', of: list, slot, where: rest };
  return { ...list, where: allOf([...conjuncts(list.where), rest]) };
}

/** Moves what a query or a window can say of a condition into the list. `rest`: what is left; null: nothing. */
export function narrowRows(
  tables: Tables,
  list: Code,
  slot: number,
  where: Code,
): { readonly list: Code; readonly rest: Code | null } {
  if (list.op === 'filter') {
    const { list: rows, rest } = narrowRows(tables, list.of, slot, where);
    return { list: { ...list, of: rows }, rest };
  }
  if (list.op !== 'rows') return { list, rest: where };
  const split = splitCondition(where, slot);
  const window = bothWindows(list.window, split.window);
  const isIncomparable = window === null && list.window !== null;
  if (!isIncomparable) {
    const rows = narrow(tables, list, split, slot, window);
    return { list: rows, rest: split.dynamic.length === 0 ? null : allOf(split.dynamic) };
  }
  // A month against days: which is tighter depends on the calendar, so one of them is tried for each event.
  const isWindow = (part: Code) => splitCondition(part, slot).window !== null;
  const dynamic = conjuncts(where).filter((part) => split.dynamic.includes(part) || isWindow(part));
  return { list: narrow(tables, list, split, slot, list.window), rest: allOf(dynamic) };
}

function narrow(tables: Tables, rows: Rows, split: SplitCondition, slot: number, window: Window | null): Rows {
  return { op: 'rows', query: tables.query(narrowQuery(tables.queryAt(rows.query), split, slot)), window };
}

/** The events that pass the query and the static parts of a condition with the event in `slot`. */
export function narrowQuery(query: Query, split: SplitCondition, slot: number): Query {
  const types = bothTypes(query.types, split.types);
  const tests = [...query.where, ...split.where].map((test) =>
    test.is === 'in' ? { ...test, values: [...new Set(test.values)].sort(byKindAndValue) } : test,
  );
  const parts = [
    ...(query.rest ? conjuncts(query.rest.code) : []),
    ...split.rest.map((part) => compactSlots(part, slot)),
  ];
  return {
    purposes: query.purposes,
    types: types && [...new Set(types)].sort(),
    where: distinct(tests),
    rest: parts.length === 0 ? null : { slot: 0, code: allOf(distinct(parts)) },
  };
}

function byKindAndValue(a: string | number | boolean, b: string | number | boolean): number {
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Each once, in an order that does not depend on the author's. */
function distinct<T>(parts: readonly T[]): readonly T[] {
  const byKey = new Map(parts.map((part) => [JSON.stringify(part), part]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

export function allOf(parts: readonly Code[]): Code {
  const [first] = parts;
  return parts.length === 1 && first ? first : { op: 'and', of: parts };
}
