import type { PurposeMask } from '../../../policy/purposes.ts';
import { codePointOrder } from '../bits/code-point-order.ts';
import { eventId, type Log } from '../log/log.ts';
import { columnValue, type LogColumn } from '../log/log-column.ts';
import { EVENT_FIELD, type FieldTest } from '../program.ts';
import type { Value } from '../value.ts';
import { ANY_TYPE, type DispatchPlan, FIRST_COLUMN, isEnvelopeId, placeOfColumn, TEST } from './dispatch-plan.ts';

/** Decides what the log alone cannot: the condition `Query.rest` for a row. */
export type RestTest = (query: number, row: number) => boolean;

const NO_ROWS = new Int32Array(0);
/** A list that nobody has asked for yet. */
const UNMADE = -1;
const TIME = placeOfColumn(EVENT_FIELD.at);

/**
 * Rows of a log that match each query, in order, future ones included; without those that are of no use any more. Lists are made when they are
 * asked for, and share one array.
 */
export class Postings {
  readonly log: Log;
  /** List q: from `starts[q]` to `ends[q]`, once `open(q)` was called. Both move when the list outgrows its room. */
  rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #limits: Int32Array;
  #used = 0;
  readonly #plan: DispatchPlan;
  readonly #now: number;
  readonly #withdrawn: (strand: number) => PurposeMask;
  readonly #passesRest: RestTest;
  /** By code of the log's types: type of the plan. */
  readonly #types: number[] = [-1];
  /** By place: for each code of the column its literal, and the other way round. Empty where the column has no codes. */
  readonly #literals: Int32Array[] = [];
  readonly #codes: Int32Array[] = [];
  /** Rows by type of the plan; null: to be made. */
  #sorted: Int32Array | null = null;
  readonly #sortedStarts: Int32Array;
  /** What all rows were collected for, less what was withdrawn; then it need not be asked of each. */
  #common = 0;
  #scratch = NO_ROWS;

  constructor(
    plan: DispatchPlan,
    log: Log,
    now: number,
    withdrawn: (strand: number) => PurposeMask,
    passesRest: RestTest,
  ) {
    const queries = plan.purposes.length;
    this.log = log;
    this.#plan = plan;
    this.#now = now;
    this.#withdrawn = withdrawn;
    this.#passesRest = passesRest;
    this.rows = new Int32Array(log.length + 4 * queries);
    this.starts = new Int32Array(queries).fill(UNMADE);
    this.ends = new Int32Array(queries);
    this.#limits = new Int32Array(queries);
    this.#sortedStarts = new Int32Array(plan.types.size + 2);
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
    this.#sorted = null;
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
    const { purposes, testStarts, isOnPath, rests } = this.#plan;
    const wanted = purposes[query] as number;
    if ((mask & wanted) !== wanted) return;
    const last = testStarts[query + 1] as number;
    for (let test = (testStarts[query] as number) + (isOnPath[query] as number); test < last; test++) {
      if (!this.#passes(test, row)) return;
    }
    if (rests[query] !== null && !this.#passesRest(query, row)) return;
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
    const plan = this.#plan;
    const { log } = this;
    const sorted = this.#sorted ?? this.#sort();
    const type = plan.typeOf[query] as number;
    const firstTest = plan.testStarts[query] as number;
    const lastTest = plan.testStarts[query + 1] as number;
    const isTested = firstTest < lastTest || plan.rests[query] !== null;
    const oldest = firstAbove(log.at, 0, log.length, this.#now - (plan.spans[query] as number));
    let rows = sorted;
    let from = 0;
    let to = 0;
    if (type >= 0) {
      to = this.#sortedStarts[type + 1] as number;
      from = firstAbove(sorted, this.#sortedStarts[type] as number, to, oldest - 1);
    } else {
      rows = this.#scratch;
      const { codes } = log.type;
      const wanted = type === ANY_TYPE ? null : (plan.typeSets[query] as ReadonlySet<number>);
      for (let row = oldest; row < log.length; row++) {
        if (wanted === null || wanted.has(this.#typeOf(codes[row] as number))) rows[to++] = row;
      }
    }
    const purpose = plan.purposes[query] as number;
    if ((this.#common & purpose) !== purpose) {
      to = this.#keep(rows, from, to, (row) => (this.#maskOf(row) & purpose) === purpose);
      rows = this.#scratch;
      from = 0;
    }
    for (let test = firstTest; test < lastTest && from < to; test++) {
      to = this.#filter(test, rows, from, to);
      rows = this.#scratch;
      from = 0;
    }
    if (plan.rests[query] !== null) {
      to = this.#keep(rows, from, to, (row) => this.#passesRest(query, row));
      rows = this.#scratch;
      from = 0;
    }
    // Those ahead do not count among the newest.
    if (!isTested && (log.at[log.length - 1] as number) <= this.#now)
      from = Math.max(from, to - (plan.mostRows[query] as number));
    const start = this.#reserve(to - from);
    const list = this.rows;
    for (let i = from, place = start; i < to; i++, place++) list[place] = rows[i] as number;
    this.starts[query] = start;
    this.ends[query] = this.#limits[query] = this.#used;
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
  #filter(test: number, rows: Int32Array, from: number, to: number): number {
    const { testKinds, testPlaces, testLows, testHighs, testValues } = this.#plan;
    const scratch = this.#scratch;
    const place = testPlaces[test] as number;
    const kind = testKinds[test] as number;
    const column = columnAt(this.log, place);
    let count = 0;
    if (kind === TEST.range && column?.isNumeric) {
      const { numbers } = column;
      const low = testLows[test] as number;
      const high = testHighs[test] as number;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        const number = numbers[row] as number;
        if (number >= low && number <= high) scratch[count++] = row;
      }
    } else if (kind === TEST.literal && column !== null && !column.isNumeric) {
      const { codes } = column;
      const code = this.#codesOf(place)[testLows[test] as number] as number;
      if (code === 0) return 0;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        if (codes[row] === code) scratch[count++] = row;
      }
    } else if (kind === TEST.anyLiteral && column !== null && !column.isNumeric) {
      const { codes } = column;
      const literals = this.#literalsOf(place);
      const wanted = testValues[test] as ReadonlySet<number>;
      for (let i = from; i < to; i++) {
        const row = rows[i] as number;
        const literal = literals[codes[row] as number] as number;
        if (literal !== 0 && wanted.has(literal)) scratch[count++] = row;
      }
    } else count = this.#keep(rows, from, to, (row) => this.#passes(test, row));
    return count;
  }

  #passes(test: number, row: number): boolean {
    const { testKinds, testPlaces, testLows, testHighs, testValues } = this.#plan;
    const kind = testKinds[test] as number;
    const place = testPlaces[test] as number;
    if (kind === TEST.literal) return this.#literalOf(place, row) === testLows[test];
    if (kind === TEST.anyLiteral) return (testValues[test] as ReadonlySet<number>).has(this.#literalOf(place, row));
    const value = this.#value(place, row);
    if (kind === TEST.text) return isInOrder(value, testValues[test] as FieldTest);
    return typeof value === 'number' && value >= (testLows[test] as number) && value <= (testHighs[test] as number);
  }

  /** 0: none that anybody asks for. */
  #literalOf(place: number, row: number): number {
    const column = columnAt(this.log, place);
    if (column !== null && !column.isNumeric) return this.#literalsOf(place)[column.codes[row] as number] as number;
    return this.#plan.literals[place]?.get(this.#value(place, row) as string) ?? 0;
  }

  #value(place: number, row: number): Value {
    if (isEnvelopeId(place)) return eventId(this.log, row);
    const column = columnAt(this.log, place);
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
  #sort(): Int32Array {
    const { length, type, strand, purposes } = this.log;
    const starts = this.#sortedStarts.fill(0);
    const { codes } = type;
    this.#typeOf(0);
    const types = this.#types;
    const sorted = new Int32Array(length);
    let lastStrand = Number.NaN;
    let allowed = 0;
    this.#common = -1;
    for (let row = 0; row < length; row++) {
      const of = types[codes[row] as number] as number;
      starts[of + 1] = (starts[of + 1] as number) + 1;
      if (strand[row] !== lastStrand) {
        lastStrand = strand[row] as number;
        allowed = ~this.#withdrawn(lastStrand);
      }
      this.#common &= (purposes[row] as number) & allowed;
    }
    for (let of = 1; of < starts.length; of++) starts[of] = (starts[of] as number) + (starts[of - 1] as number);
    const next = starts.slice();
    for (let row = 0; row < length; row++) {
      const of = types[codes[row] as number] as number;
      const place = next[of] as number;
      sorted[place] = row;
      next[of] = place + 1;
    }
    if (this.#scratch.length < length) this.#scratch = new Int32Array(length);
    this.#sorted = sorted;
    return sorted;
  }

  #literalsOf(place: number): Int32Array {
    const known = this.#literals[place];
    const count = columnAt(this.log, place)?.values.length ?? 0;
    if (known !== undefined && known.length >= count && known[count - 1] !== UNKNOWN) return known;
    return this.#learn(place);
  }

  #codesOf(place: number): Int32Array {
    this.#literalsOf(place);
    return this.#codes[place] as Int32Array;
  }

  /** Compares the values of a column with the literals that queries name, each once. */
  #learn(place: number): Int32Array {
    const values = columnAt(this.log, place)?.values ?? [];
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

/** The first place in [from, to) of rising numbers that holds more than `bound`. */
function firstAbove(numbers: Int32Array | Float64Array, from: number, to: number, bound: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Null for what is no column: the time, the id, nothing. */
function columnAt(log: Log, place: number): LogColumn | null {
  if (place >= FIRST_COLUMN) return log.columns[place - FIRST_COLUMN] ?? null;
  if (place === placeOfColumn(EVENT_FIELD.type)) return log.type;
  return place === placeOfColumn(EVENT_FIELD.source) ? log.source : null;
}

function isInOrder(value: Value, { is, values: [bound] }: FieldTest): boolean {
  if (typeof value !== 'string' || typeof bound !== 'string') return false;
  const order = codePointOrder(value, bound);
  if (order === 0) return is === '<=' || is === '>=';
  return order < 0 === (is === '<' || is === '<=');
}
