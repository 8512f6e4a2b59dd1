import type { PurposeMask } from '../../../policy/purposes.ts';
import type { LogPlan } from '../program.ts';
import type { Value } from '../value.ts';
import { type Codes, roomyCodes } from './codes.ts';
import { readEventPath } from './event-path.ts';
import { LateColumn } from './late-column.ts';
import type { Log, LogEvent } from './log.ts';
import { createLogColumn, type LogColumn, NO_CODES, putValue } from './log-column.ts';

/** An event of whom nobody asks through which strand it came: all came through the same. */
export type PlainEvent = Omit<LogEvent, 'strand' | 'purposes' | 'context'> & Partial<Pick<LogEvent, 'context'>>;

const NO_CONTEXT = {};

/**
 * The log of these events, in any order, to be evaluated at once rather than kept: made column by column, and with ids as they stand,
 * which takes more bytes than those of `insertEvent`. Ids and sources are read when somebody asks: until then the list and its events must not change.
 */
export function logOfEvents(plan: LogPlan, events: readonly PlainEvent[], strand: number, purposes: PurposeMask): Log {
  const at = new Float64Array(events.length);
  const type = createLogColumn(events.length, false);
  const kept = takeTypes(plan, events, at, type);
  const rows = kept.length;
  for (let row = 1; row < rows; row++) {
    const isAfter = (at[row] as number) > (at[row - 1] as number);
    if (!isAfter && compare(kept[row - 1] as PlainEvent, kept[row] as PlainEvent) > 0)
      return logOfEvents(plan, [...kept].sort(compare), strand, purposes);
  }
  return {
    plan,
    length: rows,
    at: at.subarray(0, rows),
    strand: sameCodes(rows, strand),
    purposes: sameCodes(rows, purposes),
    uuids: NO_WORDS,
    texts: new LateColumn(() => idsOf(kept)),
    type,
    source: new LateColumn(() => sourcesOf(kept)),
    columns: plan.columns.map(({ steps }) => columnOf(kept, steps)),
    folded: null,
  };
}

const NO_WORDS = new Int32Array(0);

function compare(a: PlainEvent, b: PlainEvent): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.source === b.source ? 0 : a.source < b.source ? -1 : 1;
}

function sameCodes(rows: number, value: number): Codes {
  return roomyCodes(NO_CODES, rows, value).fill(value);
}

/** Writes times and types of the events that the plan keeps; returns these events. */
function takeTypes(plan: LogPlan, events: readonly PlainEvent[], at: Float64Array, type: LogColumn) {
  const index = new Map<Value, number>();
  for (const name of plan.types ?? []) index.set(name, type.values.push(name) - 1);
  type.index = index;
  let kept: PlainEvent[] | null = null;
  let row = 0;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as PlainEvent;
    let code = index.get(event.type);
    if (code === undefined) {
      if (plan.types === null) code = newCode(type, index, event.type);
      else {
        kept ??= events.slice(0, i);
        continue;
      }
    }
    kept?.push(event);
    at[row] = event.at;
    type.codes[row++] = code;
  }
  return kept ?? events;
}

/** Codes that may not fit are widened before they are written. */
function newCode(column: LogColumn, index: Map<Value, number>, value: Value): number {
  const code = column.values.push(value) - 1;
  index.set(value, code);
  column.codes = roomyCodes(column.codes, column.codes.length, code);
  return code;
}

function idsOf(events: readonly PlainEvent[]): LogColumn {
  const column = createLogColumn(0, false);
  const rows = events.length;
  column.codes = rows < 65_536 ? new Uint16Array(rows) : new Int32Array(rows);
  for (let row = 0; row < rows; row++) column.codes[row] = column.values.push((events[row] as PlainEvent).id) - 1;
  return column;
}

function sourcesOf(events: readonly PlainEvent[]): LogColumn {
  const column = createLogColumn(events.length, false);
  const index = new Map<Value, number>();
  column.index = index;
  let source: string | null = null;
  let code = 0;
  for (let row = 0; row < events.length; row++) {
    const event = events[row] as PlainEvent;
    // Few events change hands.
    if (event.source !== source) {
      source = event.source;
      code = index.get(source) ?? newCode(column, index, source);
    }
    column.codes[row] = code;
  }
  return column;
}

function columnOf(events: readonly PlainEvent[], steps: readonly string[]): LogColumn {
  const [name = ''] = steps;
  if (steps.length === 1 && name !== 'context') {
    const column = numbersOf(events, name) ?? codesOf(events, name);
    if (column !== null) return column;
  }
  const column = createLogColumn(events.length, true);
  for (let row = 0; row < events.length; row++) {
    const { data, context = NO_CONTEXT } = events[row] as PlainEvent;
    putValue(column, row, readEventPath(data, context, steps), row);
  }
  return column;
}

/** Null: there is something else than numbers. */
function numbersOf(events: readonly PlainEvent[], name: string): LogColumn | null {
  const column = createLogColumn(events.length, true);
  const { numbers } = column;
  for (let row = 0; row < events.length; row++) {
    const value = (events[row] as PlainEvent).data[name];
    if (typeof value === 'number') numbers[row] = value;
    else if (value === undefined || value === null) numbers[row] = Number.NaN;
    else return null;
  }
  return column;
}

/** Null: there are lists or maps, or what is no field. */
function codesOf(events: readonly PlainEvent[], name: string): LogColumn | null {
  const column = createLogColumn(events.length, false);
  const index = new Map<Value, number>();
  column.index = index;
  let { codes } = column;
  for (let row = 0; row < events.length; row++) {
    const value = (events[row] as PlainEvent).data[name];
    if (value === undefined || value === null) continue;
    // What an object inherits is none of these.
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
    let code = index.get(value);
    if (code === undefined) {
      code = newCode(column, index, value);
      codes = column.codes;
    }
    codes[row] = code;
  }
  return column;
}
