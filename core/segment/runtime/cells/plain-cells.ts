import { codePointOrder } from '../bits/code-point-order.ts';
import type { Subject } from '../core-engine.ts';
import { eventId, type Log } from '../log/log.ts';
import { columnValue } from '../log/log-column.ts';
import {
  type CountCell,
  EVENT_FIELD,
  type FieldTest,
  type Query,
  type SequenceCell,
  type SequenceStep,
  type SumCell,
  type ZoneTable,
} from '../program.ts';
import type { Value } from '../value.ts';
import { windowEnd } from './window-end.ts';

/** One profile's events, and what they are asked. */
export interface PlainRows {
  readonly log: Log;
  readonly subject: Subject;
  readonly queries: readonly Query[];
  readonly zone: ZoneTable;
  readonly now: number;
  /** Rows by type of event. */
  readonly byType: ReadonlyMap<Value, readonly number[]>;
}

type Part = Pick<SequenceStep, 'query' | 'window'>;

export function rowsByType({ length, type }: Log): ReadonlyMap<Value, readonly number[]> {
  const byType = new Map<Value, number[]>();
  for (let row = 0; row < length; row++) {
    const of = columnValue(type, row);
    const rows = byType.get(of);
    if (rows === undefined) byType.set(of, [row]);
    else rows.push(row);
  }
  return byType;
}

/** Whether the condition holds, said as plainly as it can be. */
export function evaluatePlain(cell: CountCell | SumCell | SequenceCell, rows: PlainRows): boolean {
  if (cell.kind === 'sequence') return evaluateSequence(cell, rows);
  const found = rowsOf(rows, cell);
  if (cell.kind === 'count') return found.length >= cell.n;
  let total = 0;
  for (const row of found) {
    const value = fieldOf(rows.log, cell.column, row);
    if (typeof value === 'number') total += value;
  }
  return cell.is === '>' ? total > cell.value : total >= cell.value;
}

/** A row may follow the latest feasible one of the step before it: that one has the smallest gap, and the fewest exclusions after it. */
function evaluateSequence({ steps, exclude }: SequenceCell, rows: PlainRows): boolean {
  const timesOf = (part: Part) => rowsOf(rows, part).map((row) => rows.log.at[row] as number);
  const excluded = (query: number) => (query < 0 ? [] : timesOf({ query, window: null }));
  let feasible: readonly number[] | null = null;
  for (const step of steps) {
    const before: readonly number[] | null = feasible;
    const without = excluded(step.exclude);
    feasible = timesOf(step).filter((time) => {
      if (before === null) return true;
      const last = latestBefore(before, time);
      return time - last < (step.withinMs ?? Number.POSITIVE_INFINITY) && latestBefore(without, time) <= last;
    });
  }
  const last = feasible?.at(-1) ?? Number.NaN;
  return (excluded(exclude).at(-1) ?? Number.NEGATIVE_INFINITY) <= last;
}

/** The last of the rising times that is below this one; -Infinity: none. */
function latestBefore(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return times[low - 1] ?? Number.NEGATIVE_INFINITY;
}

/** The rows of a query in its window up to now, the oldest first. */
function rowsOf({ log, subject, queries, zone, now, byType }: PlainRows, { query, window }: Part): readonly number[] {
  const { purposes, types, where } = queries[query] as Query;
  // Few want several types: theirs are sorted again.
  const rows = (types ?? [...byType.keys()]).flatMap((type) => byType.get(type) ?? []);
  if (types?.length !== 1) rows.sort((a, b) => a - b);
  return rows.filter((row) => {
    const at = log.at[row] as number;
    if (at > now || windowEnd(at, window, zone) <= now) return false;
    const allowed = (log.purposes[row] as number) & ~subject.withdrawn(log.strand[row] as number);
    return (allowed & purposes) === purposes && where.every((test) => passes(test, fieldOf(log, test.column, row)));
  });
}

function fieldOf(log: Log, column: number, row: number): Value {
  switch (column) {
    case EVENT_FIELD.type:
      return columnValue(log.type, row);
    case EVENT_FIELD.at:
      return log.at[row] as number;
    case EVENT_FIELD.id:
      return eventId(log, row);
    case EVENT_FIELD.source:
      return columnValue(log.source, row);
    default: {
      const values = log.columns[column];
      return values === undefined ? null : columnValue(values, row);
    }
  }
}

function passes({ is, values }: FieldTest, value: Value): boolean {
  if (is === 'in') return values.includes(value as string);
  const [bound] = values;
  if (typeof value !== typeof bound) return false;
  const order =
    typeof value === 'string' ? codePointOrder(value, bound as string) : (value as number) - (bound as number);
  if (order === 0) return is === '<=' || is === '>=';
  return order < 0 === (is === '<' || is === '<=');
}
