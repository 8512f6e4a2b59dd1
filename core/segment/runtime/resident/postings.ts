import type { PurposeMask } from '../../../policy/purposes.ts';
import { codePointOrder } from '../bits/code-point-order.ts';
import { eventId, type Log } from '../log/log.ts';
import { columnValue, type LogColumn } from '../log/log-column.ts';
import { EVENT_FIELD, type FieldTest } from '../program.ts';
import type { Value } from '../value.ts';
import {
  type DispatchPlan,
  isEnvelopeId,
  placeOfColumn,
  type QueryPlan,
  type QueryTest,
  TEST,
} from './dispatch-plan.ts';

/** Decides what the log alone cannot: the condition `Query.rest` for a row. */
export type RestTest = (query: number, row: number) => boolean;

const NO_ROWS = new Int32Array(0);
/** Below this stepping is faster than halving. */
const FEW_ROWS = 64;
/** A list that nobody has asked for yet. */
const UNMADE = -1;
const TIME = placeOfColumn(EVENT_FIELD.at);

/**
 * Rows of a log that match each query, in order, future ones included; without those that are of no use any more. Lists are made when they are
 * asked for, and share one array.
 */
export class Postings {
  log!: Log;
  /** List q: from `starts[q]` to `ends[q]`, once `open(q)` was called. Both move when the list outgrows its room. */
  rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #limits: Int32Array;
  #used = 0;
  readonly #plan: DispatchPlan;
  #now = 0;
  readonly #withdrawn: (strand: number) => PurposeMask;
  readonly #passesRest: RestTest;
  /** By place of the column; null for what is none: the time, the id, nothing. */
  #columns: readonly (LogColumn | null)[] = [];
  /** By code of the log's types: type of the plan. */
  readonly #types: number[] = [-1];
  /** By place: for each code of the column its literal, and the other way round. Empty where the column has no codes. */
  #literals: Int32Array[] = [];
  #codes: Int32Array[] = [];
  /** Where in `rows` those of each type of the plan start; they are there until the log changes. */
  readonly #typeStarts: Int32Array;
  #isSorted = false;
  /** What all rows were collected for, less what was withdrawn; then it need not be asked of each. */
  #common = 0;
  /** By span of the plan. */
  readonly #oldest: Int32Array;
  #scratch = NO_ROWS;
  /** By code; all 0 between uses. */
  #wanted = new Uint8Array(64);

  constructor(plan: DispatchPlan, withdrawn: (strand: number) => PurposeMask, passesRest: RestTest) {
    const queries = plan.queries.length;
    this.#plan = plan;
    this.#withdrawn = withdrawn;
    this.#passesRest = passesRest;
    this.rows = NO_ROWS;
    this.starts = new Int32Array(queries);
    this.ends = new Int32Array(queries);
    this.#limits = new Int32Array(queries);
    this.#oldest = new Int32Array(plan.spans.length);
    this.#typeStarts = new Int32Array(plan.types.size + 2);
  }

  /** Forgets all lists and begins with another log, or the same one when its rows have moved. */
  reset(log: Log, now: number): void {
    const { queries } = this.#plan;
    this.log = log;
    this.#now = now;
    this.#columns = [null, log.source, null, null, log.type, ...log.columns];
    this.#types.length = 1;
    this.#literals = [];
    this.#codes = [];
    this.#isSorted = false;
    this.#used = 0;
    if (this.rows.length < 2 * log.length) this.rows = new Int32Array(2 * (log.length + queries.length));
    this.starts.fill(UNMADE);
  }

  /** Makes the list if it is not there yet. Returns where it starts. */
  open(query: number): number {
    const start = this.starts[query] as number;
    return start === UNMADE ? this.#make(query) : start;
  }

  /** Adds the last row of the log to the lists. Returns the queries that it matches. */
  add(row: number): readonly number[] {
    const { log } = this;
    const matched: number[] = [];
    this.#isSorted = false;
    const mask = this.#maskOf(row);
    const { plain, keyed } = this.#plan.byType[
      this.#typeOf(log.type.codes[row] as number)
    ] as DispatchPlan['byType'][number];
    for (let i = 0; i < plain.length; i++) this.#try(plain[i] as number, row, mask, matched);
    for (let k = 0; k < keyed.length; k++) {
      const { place, starts, queries } = keyed[k] as (typeof keyed)[number];
      const literal = this.#literalOf(place, row);
      if (literal === 0 || literal + 1 >= starts.length) continue;
      const end = starts[literal + 1] as number;
      for (let i = starts[literal] as number; i < end; i++) this.#try(queries[i] as number, row, mask, matched);
    }
    return matched;
  }

  #try(query: number, row: number, mask: number, matched: number[]): void {
    const { purposes, tests, testsOnPath, rest } = this.#plan.queries[query] as QueryPlan;
    if ((mask & purposes) !== purposes) return;
    for (let t = testsOnPath; t < tests.length; t++) if (!this.#passes(tests[t] as QueryTest, row)) return;
    if (rest !== null && !this.#passesRest(query, row)) return;
    matched.push(query);
    if (this.starts[query] === UNMADE) return;
    const end = this.ends[query] as number;
    if (end < (this.#limits[query] as number)) {
      this.rows[end] = row;
      this.ends[query] = end + 1;
      return;
    }
    // The list moves to the end of the array and gets twice the room.
    const start = this.starts[query] as number;
    const to = this.#reserve(2 * (end - start) + 2);
    this.rows.copyWithin(to, start, end);
    this.rows[to + end - start] = row;
    this.starts[query] = to;
    this.ends[query] = to + end - start + 1;
    this.#limits[query] = this.#used;
  }

  #reserve(room: number): number {
    const from = this.#used;
    this.#used += room;
    if (this.#used > this.rows.length) {
      const longer = new Int32Array(2 * this.#used);
      longer.set(this.rows);
      this.rows = longer;
    }
    return from;
  }

  /** One test after the other over the rows that are left. */
  #make(query: number): number {
    const { log } = this;
    const { type, types, span, purposes, tests, rest } = this.#plan.queries[query] as QueryPlan;
    if (!this.#isSorted) this.#sort();
    const oldest = this.#oldest[span] as number;
    let { rows } = this;
    let from = 0;
    let to = 0;
    if (type >= 0) {
      from = this.#typeStarts[type] as number;
      to = this.#typeStarts[type + 1] as number;
      for (let end = to; end - from > FEW_ROWS; ) {
        const middle = (from + end) >> 1;
        if ((rows[middle] as number) < oldest) from = middle + 1;
        else end = middle;
      }
      while (from < to && (rows[from] as number) < oldest) from++;
    } else {
      rows = this.#scratch;
      const { codes } = log.type;
      for (let row = oldest; row < log.length; row++) {
        if (types === null || types.has(this.#types[codes[row] as number] as number)) rows[to++] = row;
      }
    }
    if ((this.#common & purposes) !== purposes) {
      to = this.#keep(rows, from, to, (row) => (this.#maskOf(row) & purposes) === purposes);
      rows = this.#scratch;
      from = 0;
    }
    for (let t = 0; t < tests.length && from < to; t++) {
      to = this.#filter(tests[t] as QueryTest, rows, from, to);
      rows = this.#scratch;
      from = 0;
    }
    if (rest !== null) {
      to = this.#keep(rows, from, to, (row) => this.#passesRest(query, row));
      rows = this.#scratch;
      from = 0;
    }
    // A list that is part of the rows of its type needs no copy.
    let start = from;
    if (rows !== this.rows) {
      start = this.#reserve(to);
      const list = this.rows;
      for (let i = 0; i < to; i++) list[start + i] = rows[i] as number;
      to += start;
    }
    this.starts[query] = start;
    this.ends[query] = this.#limits[query] = to;
    return start;
  }

  #keep(rows: Int32Array, from: number, to: number, passes: (row: number) => boolean): number {
    const scratch = this.#scratch;
    let count = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i] as number;
      if (passes(row)) scratch[count++] = row;
    }
    return count;
  }

  /** Writes those of the rows that pass into `scratch`; returns how many. */
  #filter(test: QueryTest, rows: Int32Array, from: number, to: number): number {
    const { place, kind, low, high, values } = test;
    const scratch = this.#scratch;
    const column = this.#columns[place] ?? null;
    let count = 0;
    if (kind === TEST.range && column?.isNumeric) {
      const { numbers } = column;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        const number = numbers[row] as number;
        if (number >= low && number <= high) scratch[count++] = row;
      }
    } else if (kind === TEST.literal && column !== null && !column.isNumeric) {
      const { codes } = column;
      const code = this.#codesOf(place)[low] as number;
      if (code === 0) return 0;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        if (codes[row] === code) scratch[count++] = row;
      }
    } else if (kind === TEST.anyLiteral && column !== null && !column.isNumeric) {
      const { codes } = column;
      const codesOf = this.#codesOf(place);
      const isWanted =
        this.#wanted.length < column.values.length ? new Uint8Array(2 * column.values.length) : this.#wanted;
      this.#wanted = isWanted;
      for (let i = 0; i < values.length; i++) isWanted[codesOf[values[i] as number] as number] = 1;
      // Code 0 is both "absent" and "no such value in this log".
      isWanted[0] = 0;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        if (isWanted[codes[row] as number] === 1) scratch[count++] = row;
      }
      for (let i = 0; i < values.length; i++) isWanted[codesOf[values[i] as number] as number] = 0;
    } else count = this.#keep(rows, from, to, (row) => this.#passes(test, row));
    return count;
  }

  #passes({ place, kind, low, high, values, text }: QueryTest, row: number): boolean {
    if (kind === TEST.literal) return this.#literalOf(place, row) === low;
    if (kind === TEST.anyLiteral) return values.includes(this.#literalOf(place, row));
    const value = this.#value(place, row);
    if (text !== null) return isInOrder(value, text);
    return typeof value === 'number' && value >= low && value <= high;
  }

  /** 0: none that anybody asks for. */
  #literalOf(place: number, row: number): number {
    const column = this.#columns[place] ?? null;
    if (column !== null && !column.isNumeric) return this.#literalsOf(place)[column.codes[row] as number] as number;
    return this.#plan.literals[place]?.get(this.#value(place, row) as string) ?? 0;
  }

  #value(place: number, row: number): Value {
    if (isEnvelopeId(place)) return eventId(this.log, row);
    const column = this.#columns[place] ?? null;
    if (column !== null) return columnValue(column, row);
    return place === TIME ? (this.log.at[row] as number) : null;
  }

  #maskOf(row: number): number {
    return (this.log.purposes[row] as number) & ~this.#withdrawn(this.log.strand[row] as number);
  }

  #typeOf(code: number): number {
    const { types } = this.#plan;
    const { values } = this.log.type;
    for (let next = this.#types.length; next < values.length; next++) {
      this.#types.push(types.get(values[next] as string) ?? types.size);
    }
    return this.#types[code] as number;
  }

  /** Sorts the rows by type, and looks for whom they are. */
  #sort(): void {
    const { length, at, type, strand, purposes } = this.log;
    const { codes } = type;
    const starts = this.#typeStarts.fill(0);
    this.#typeOf(0);
    const types = this.#types;
    let lastStrand = Number.NaN;
    let allowed = 0;
    let common = -1;
    for (let row = 0; row < length; row++) {
      const of = types[codes[row] as number] as number;
      starts[of + 1] = (starts[of + 1] as number) + 1;
      if (strand[row] !== lastStrand) {
        lastStrand = strand[row] as number;
        allowed = ~this.#withdrawn(lastStrand);
      }
      common &= (purposes[row] as number) & allowed;
    }
    this.#common = common;
    const { spans } = this.#plan;
    for (let i = 0; i < spans.length; i++) this.#oldest[i] = firstSince(at, length, this.#now - (spans[i] as number));
    // Rows are written from the starts on, which thereby become the ends, and these are the next ones' starts.
    let next = this.#reserve(length);
    for (let of = 1; of < starts.length; of++) {
      const count = starts[of] as number;
      starts[of] = next;
      next += count;
    }
    starts[0] = starts[1] as number;
    const { rows } = this;
    for (let row = 0; row < length; row++) {
      const of = (types[codes[row] as number] as number) + 1;
      const place = starts[of] as number;
      rows[place] = row;
      starts[of] = place + 1;
    }
    if (this.#scratch.length < length) this.#scratch = new Int32Array(length);
    this.#isSorted = true;
  }

  #literalsOf(place: number): Int32Array {
    const known = this.#literals[place];
    const count = this.#columns[place]?.values.length ?? 0;
    if (known !== undefined && known.length >= count && known[count - 1] !== UNKNOWN) return known;
    return this.#learn(place);
  }

  #codesOf(place: number): Int32Array {
    this.#literalsOf(place);
    return this.#codes[place] as Int32Array;
  }

  /** Compares the values of a column with the literals that queries name, each once. */
  #learn(place: number): Int32Array {
    const values = this.#columns[place]?.values ?? [];
    const wanted = this.#plan.literals[place];
    const known = this.#literals[place] ?? NO_ROWS;
    const literals = new Int32Array(values.length + (known.length >> 1) + 4).fill(UNKNOWN);
    const codes = this.#codes[place] ?? new Int32Array((wanted?.size ?? 0) + 1);
    literals.set(known);
    for (let code = 0; code < values.length; code++) {
      if (literals[code] !== UNKNOWN) continue;
      const literal = wanted?.get(values[code] as string) ?? 0;
      literals[code] = literal;
      if (literal !== 0) codes[literal] = code;
    }
    this.#literals[place] = literals;
    this.#codes[place] = codes;
    return literals;
  }
}

/** The literal of a code that was not compared yet. */
const UNKNOWN = -1;

/** The first of so many rising times that is above `bound`. */
function firstSince(at: Float64Array, length: number, bound: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isInOrder(value: Value, { is, values: [bound] }: FieldTest): boolean {
  if (typeof value !== 'string' || typeof bound !== 'string') return false;
  const order = codePointOrder(value, bound);
  if (order === 0) return is === '<=' || is === '>=';
  return order < 0 === (is === '<' || is === '<=');
}
