import type { JsonObject } from '../../../lib/json.ts';
import type { PurposeMask } from '../../../policy/purposes.ts';
import type { LogPlan } from '../program.ts';
import { type Codes, roomyCodes, withCode } from './codes.ts';
import { packUuid, unpackUuid } from './event-id.ts';
import { readEventPath } from './event-path.ts';
import { type Folded, removeFoldedStrand } from './folded.ts';
import { columnValue, createLogColumn, dropUnusedValues, type LogColumn, putValue } from './log-column.ts';

/**
 * A profile's events as columns: what a LogPlan keeps of them and nothing else. Rows are sorted by time, then id, then source. The arrays
 * are longer than `length` and are replaced when they grow.
 */
export interface Log {
  readonly plan: LogPlan;
  length: number;
  /** Milliseconds, whole. */
  at: Float64Array;
  strand: Codes;
  purposes: Codes;
  /** Four words a row: event-id.ts. Zero where the id is in `texts`. */
  uuids: Int32Array;
  /** Ids that are no UUIDs. */
  readonly texts: LogColumn;
  readonly type: LogColumn;
  readonly source: LogColumn;
  /** By position in `LogPlan.columns`. */
  readonly columns: readonly LogColumn[];
  /** What was left of older events; null: nothing was left out. */
  folded: Folded | null;
}

/** The part of a fact that a log takes. */
export interface LogEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Milliseconds, whole, up to 2^52 either way: 140,000 years. */
  readonly at: number;
  readonly strand: number;
  readonly purposes: PurposeMask;
  readonly data: JsonObject;
  readonly context: JsonObject;
}

export function createLog(plan: LogPlan, capacity = 16): Log {
  return {
    plan,
    length: 0,
    at: new Float64Array(capacity),
    strand: new Uint8Array(capacity),
    purposes: new Uint8Array(capacity),
    uuids: new Int32Array(4 * capacity),
    texts: createLogColumn(capacity, false),
    type: createLogColumn(capacity, false),
    source: createLogColumn(capacity, false),
    columns: plan.columns.map(() => createLogColumn(capacity, true)),
    folded: null,
  };
}

/**
 * Adds an event and returns its row: the last one, if the event is not late. -1: the plan keeps nothing of its type. Duplicates are
 * settled before: a second event of the same source and id is a second row.
 */
export function insertEvent(log: Log, event: LogEvent): number {
  const { plan, length } = log;
  if (plan.types !== null && log.type.values.indexOf(event.type, 1) < 0 && !plan.types.includes(event.type)) return -1;
  if (length === log.at.length) own(log, length);
  // The event is put at the end, so that it can be compared with the rows before as one of them.
  log.at[length] = event.at;
  log.strand = withCode(log.strand, length, event.strand);
  log.purposes = withCode(log.purposes, length, event.purposes);
  putValue(log.texts, length, packUuid(event.id, log.uuids, 4 * length) ? null : event.id, length);
  putValue(log.type, length, event.type, length);
  putValue(log.source, length, event.source, length);
  for (let c = 0; c < plan.columns.length; c++) {
    const { steps } = plan.columns[c] as LogPlan['columns'][number];
    putValue(log.columns[c] as LogColumn, length, readEventPath(event.data, event.context, steps), length);
  }
  log.length++;
  const row = placeOf(log, length);
  if (row < length) forEachArray(log, (array, width) => moveToFront(array, width * row, width * length, width));
  return row;
}

/** Forgets what came through one strand. Rows move: whatever named rows must be made anew. */
export function removeStrand(log: Log, strand: number): void {
  if (log.folded !== null) removeFoldedStrand(log.folded, strand);
  if (log.at.length === log.length) own(log, log.length);
  let to = 0;
  for (let row = 0; row < log.length; row++) {
    if (log.strand[row] === strand) continue;
    if (to < row) forEachArray(log, (array, width) => array.copyWithin(width * to, width * row, width * (row + 1)));
    to++;
  }
  keepLength(log, to);
}

/** Forgets the oldest rows. */
export function removeOldest(log: Log, rows: number): void {
  if (log.at.length === log.length) own(log, log.length);
  forEachArray(log, (array, width) => array.copyWithin(0, width * rows, width * log.length));
  keepLength(log, log.length - rows);
}

export function eventId(log: Log, row: number): string {
  return (columnValue(log.texts, row) as string | null) ?? unpackUuid(log.uuids, 4 * row);
}

function keepLength(log: Log, length: number): void {
  log.length = length;
  for (const column of [log.texts, log.type, log.source, ...log.columns]) dropUnusedValues(column, length);
}

/** Where the row `last` belongs among those before it, which are in order. */
function placeOf(log: Log, last: number): number {
  const at = log.at[last] as number;
  if (last === 0 || (log.at[last - 1] as number) < at) return last;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(log, middle, last)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(log: Log, a: number, b: number): boolean {
  const difference = (log.at[a] as number) - (log.at[b] as number);
  if (difference !== 0) return difference < 0;
  const [x, y] = [eventId(log, a), eventId(log, b)];
  if (x !== y) return x < y;
  return (columnValue(log.source, a) as string) <= (columnValue(log.source, b) as string);
}

type Column = Float64Array | Codes;

/** Everything that has a place for each row: `width` of them a row. */
function forEachArray(log: Log, visit: (array: Column, width: number) => void): void {
  visit(log.at, 1);
  visit(log.strand, 1);
  visit(log.purposes, 1);
  visit(log.uuids, 4);
  for (const column of [log.texts, log.type, log.source, ...log.columns]) {
    visit(column.isNumeric ? column.numbers : column.codes, 1);
  }
}

/** Turns the range so that its last `width` elements come first. */
function moveToFront(array: Column, from: number, last: number, width: number): void {
  const moved = array.slice(last, last + width);
  array.copyWithin(from + width, from, last);
  array.set(moved, from);
}

/** Copies everything to arrays with room for more rows: what was decoded has none, and must not be written to. */
function own(log: Log, rows: number): void {
  const capacity = rows + (rows >> 3) + 16;
  log.at = longer(log.at, capacity);
  log.strand = roomyCodes(log.strand, capacity, 0);
  log.purposes = roomyCodes(log.purposes, capacity, 0);
  const uuids = new Int32Array(4 * capacity);
  uuids.set(log.uuids);
  log.uuids = uuids;
  for (const column of [log.texts, log.type, log.source, ...log.columns]) {
    if (column.isNumeric) column.numbers = longer(column.numbers, capacity);
    else column.codes = roomyCodes(column.codes, capacity, 0);
  }
}

function longer(array: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(array);
  return copy;
}
