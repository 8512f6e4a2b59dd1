import type { PurposeMask } from '../../../policy/purposes.ts';
import type { LogColumn as ColumnPlan, LogPlan } from '../program.ts';
import type { Value } from '../value.ts';
import type { Codes } from './codes.ts';
import { readEventPath } from './event-path.ts';
import { createLog, insertEvent, type Log, type LogEvent } from './log.ts';
import { createLogColumn, type LogColumn, NO_CODES, NO_NUMBERS, putValue } from './log-column.ts';

/** An event as one who has no strands sends it. */
export type PlainEvent = Omit<LogEvent, 'strand' | 'purposes' | 'context'> & Partial<Pick<LogEvent, 'context'>>;

/**
 * The log of events that are to be evaluated once, oldest first, in a fraction of the time of `insertEvent`: column after column. All are of strand 0
 * and were collected for `purposes`. Ids are kept as text, so build with `insertEvent` what is to be stored. Events out of order are sorted in, slowly.
 */
export function readEvents(plan: LogPlan, events: readonly PlainEvent[], purposes: PurposeMask): Log {
  const types = readTypes(plan, events);
  if (types === null) {
    const log = createLog(plan, events.length);
    for (const event of events) insertEvent(log, { ...event, context: event.context ?? {}, strand: 0, purposes });
    return log;
  }
  const { rows, at, type } = types;
  const length = rows.length;
  const texts = emptyCodes(length);
  for (let row = 0; row < length; row++) {
    texts.values[row + 1] = (rows[row] as PlainEvent).id;
    texts.codes[row] = row + 1;
  }
  return {
    plan,
    length,
    at,
    strand: new Uint8Array(length),
    purposes: new Uint8Array(length).fill(purposes),
    uuids: new Int32Array(4 * length),
    texts,
    type,
    source: readSources(rows),
    columns: plan.columns.map((column) => readColumn(column, rows)),
    folded: null,
  };
}

/** The events whose type the plan keeps, and these types; null: they are not in the order of their times. */
function readTypes(plan: LogPlan, events: readonly PlainEvent[]) {
  const rows: PlainEvent[] = [];
  const at = new Float64Array(events.length);
  const type = emptyCodes(events.length);
  const wanted = plan.types && new Set(plan.types);
  /** 0: not kept. */
  const codes = new Map<string, number>();
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as PlainEvent;
    if (event.at <= before) return null;
    before = event.at;
    let code = codes.get(event.type);
    if (code === undefined) {
      code = wanted !== null && !wanted.has(event.type) ? 0 : type.values.push(event.type) - 1;
      codes.set(event.type, code);
    }
    if (code === 0) continue;
    at[rows.length] = event.at;
    type.codes[rows.length] = code;
    rows.push(event);
  }
  return { rows, at, type };
}

/** Most come from the source that the event before them came from. */
function readSources(rows: readonly PlainEvent[]): LogColumn {
  const column = emptyCodes(rows.length);
  const index = new Map<Value, number>();
  let [last, code] = ['', 0];
  for (let row = 0; row < rows.length; row++) {
    const { source } = rows[row] as PlainEvent;
    if (source !== last || code === 0) {
      last = source;
      code = codeOf(index, column.values, source);
    }
    column.codes[row] = code;
  }
  return column;
}

/** Numbers or text as long as nothing else comes; then, from the start, in the way that takes anything. */
function readColumn({ steps }: ColumnPlan, rows: readonly PlainEvent[]): LogColumn {
  const [name = ''] = steps;
  const isPlain = steps.length === 1 && name !== 'context' && !(name in {});
  const column = (isPlain && (readNumbers(name, rows) ?? readTexts(name, rows))) || null;
  if (column !== null) return column;
  const any = createLogColumn(rows.length, true);
  for (let row = 0; row < rows.length; row++) {
    const { data, context } = rows[row] as PlainEvent;
    putValue(any, row, readEventPath(data, context ?? {}, steps), row);
  }
  return any;
}

function readNumbers(name: string, rows: readonly PlainEvent[]): LogColumn | null {
  if (rows.length > 0 && typeof rows[0]?.data[name] === 'string') return null;
  const numbers = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]?.data[name];
    if (typeof value === 'number') numbers[row] = value;
    else if (value === undefined || value === null) numbers[row] = Number.NaN;
    else return null;
  }
  return { ...emptyCodes(0), numbers, isNumeric: true };
}

function readTexts(name: string, rows: readonly PlainEvent[]): LogColumn | null {
  const column = emptyCodes(rows.length);
  const index = new Map<Value, number>();
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]?.data[name];
    if (typeof value === 'string') column.codes[row] = codeOf(index, column.values, value);
    else if (value !== undefined && value !== null) return null;
  }
  return column;
}

function codeOf(index: Map<Value, number>, values: Value[], value: string): number {
  const known = index.get(value);
  if (known !== undefined) return known;
  index.set(value, values.length);
  return values.push(value) - 1;
}

function emptyCodes(length: number): LogColumn {
  const codes: Codes = length === 0 ? NO_CODES : length < 0xffff ? new Uint16Array(length) : new Int32Array(length);
  return { numbers: NO_NUMBERS, codes, isNumeric: false, values: [null], index: null, lists: null, searches: 0 };
}
