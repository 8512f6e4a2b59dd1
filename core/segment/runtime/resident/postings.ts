import type { PurposeMask } from '../../../policy/purposes.ts';
import { codePointOrder } from '../bits/code-point-order.ts';
import { eventId, type Log } from '../log/log.ts';
import { columnValue, type LogColumn, NO_NUMBERS } from '../log/log-column.ts';
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
/** A list that nobody has asked for yet. */
const UNMADE = -1;
/** Columns with more bits than these words hold are compared row by row: quadratic space is only good where it is little. */
const MOST_WORDS = 1 << 14;
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
  /** By place: for each code of the column its literal. Empty where the column has no codes. */
  #literals: Int32Array[] = [];
  /** All rows by type, in `rows` from here on; where those of each type of the plan start. They are there until the log changes. */
  #sorted = 0;
  readonly #typeStarts: Int32Array;
  #isSorted = false;
  /** Words that hold a bit for each row. */
  #width = 0;
  /** By place: for each literal a run of bits, one for each sorted row; null where that is too much. */
  #tables: (Int32Array | null)[] = [];
  /** What all rows were collected for, less what was withdrawn; then it need not be asked of each. */
  #common = 0;
  /** By span of the plan. */
  readonly #oldest: Int32Array;

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
    this.#isSorted = false;
    this.#used = 0;
    if (this.rows.length < 2 * log.length) this.rows = new Int32Array(4 * log.length + 2 * queries.length);
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
    const plan = this.#plan.queries[query] as QueryPlan;
    if (!this.#matches(plan, query, row, mask, plan.testsOnPath)) return;
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

  /** All but the type, and the tests before `from`. */
  #matches({ purposes, tests, rest }: QueryPlan, query: number, row: number, mask: number, from: number): boolean {
    if ((mask & purposes) !== purposes) return false;
    for (let t = from; t < tests.length; t++) if (!this.#passes(tests[t] as QueryTest, row)) return false;
    return rest === null || this.#passesRest(query, row);
  }

  #make(query: number): number {
    if (!this.#isSorted) this.#sort();
    const plan = this.#plan.queries[query] as QueryPlan;
    const { type, tests, rest } = plan;
    const oldest = this.#oldest[plan.span] as number;
    const base = this.#sorted;
    const isMixed = type < 0;
    let from = isMixed ? 0 : (this.#typeStarts[type] as number);
    const to = isMixed ? this.log.length : (this.#typeStarts[type + 1] as number);
    let { rows } = this;
    if (!isMixed && oldest > 0) {
      for (let end = to; from < end; ) {
        const middle = (from + end) >> 1;
        if ((rows[base + middle] as number) < oldest) from = middle + 1;
        else end = middle;
      }
    }
    let isSlow = isMixed || rest !== null || (this.#common & plan.purposes) !== plan.purposes;
    if (tests.length === 0 && !isSlow) {
      // A list that is part of the rows of its type needs no copy.
      this.ends[query] = this.#limits[query] = base + to;
      this.starts[query] = base + from;
      return base + from;
    }
    // Tests on literals come first; one on numbers may follow.
    let range: QueryTest | null = null;
    let byBits = 0;
    while (byBits < tests.length && this.#tableOf(tests[byBits] as QueryTest) !== null) byBits++;
    if (byBits + 1 === tests.length) {
      range = tests[byBits] as QueryTest;
      if (range.kind !== TEST.range || !this.#columns[range.place]?.isNumeric) range = null;
    }
    isSlow ||= byBits < tests.length && range === null;
    const numbers = (range && this.#columns[range.place]?.numbers) ?? NO_NUMBERS;
    const low = range?.low ?? 0;
    const high = range?.high ?? 0;
    const start = this.#reserve(to - from);
    rows = this.rows;
    let end = start;
    const last = (to - 1) >> 5;
    for (let word = from >> 5; word <= last; word++) {
      let bits = word === from >> 5 ? -1 << from : -1;
      if (word === last) bits &= -1 >>> -to;
      for (let t = 0; t < byBits; t++) bits &= this.#bitsOf(tests[t] as QueryTest, word);
      for (; bits !== 0; bits &= bits - 1) {
        const row = rows[base + 32 * word + 31 - Math.clz32(bits & -bits)] as number;
        if (range !== null) {
          const number = numbers[row] as number;
          if (!(number >= low && number <= high)) continue;
        }
        if (isSlow && !this.#matchesSlowly(plan, query, row, oldest)) continue;
        rows[end++] = row;
      }
    }
    // Those of several types stand one type after the other.
    if (isMixed) rows.subarray(start, end).sort();
    this.#used = end;
    this.starts[query] = start;
    this.ends[query] = this.#limits[query] = end;
    return start;
  }

  #matchesSlowly(plan: QueryPlan, query: number, row: number, oldest: number): boolean {
    const { types } = plan;
    if (row < oldest) return false;
    const type = this.#types[this.log.type.codes[row] as number] as number;
    if (types !== null && !types.has(type)) return false;
    return this.#matches(plan, query, row, this.#maskOf(row), 0);
  }

  /** The bits of 32 sorted rows that pass a test on literals. */
  #bitsOf({ place, values }: QueryTest, word: number): number {
    const table = this.#tables[place] as Int32Array;
    const width = this.#width;
    let bits = 0;
    for (let i = 0; i < values.length; i++) bits |= table[(values[i] as number) * width + word] as number;
    return bits;
  }

  /** Null: the test has no bits. */
  #tableOf({ place, kind }: QueryTest): Int32Array | null {
    if (kind !== TEST.literal && kind !== TEST.anyLiteral) return null;
    const known = this.#tables[place];
    if (known !== undefined) return known;
    const { length } = this.log;
    const { rows } = this;
    const base = this.#sorted;
    const width = this.#width;
    const words = ((this.#plan.literals[place]?.size ?? 0) + 1) * width;
    const table = words > MOST_WORDS ? null : new Int32Array(words);
    this.#tables[place] = table;
    const column = this.#columns[place] ?? null;
    if (table === null) return null;
    const codes = column === null || column.isNumeric ? null : column.codes;
    const literals = codes === null ? NO_ROWS : this.#literalsOf(place);
    for (let i = 0; i < length; i++) {
      const row = rows[base + i] as number;
      const literal = codes === null ? this.#literalOf(place, row) : (literals[codes[row] as number] as number);
      if (literal === 0) continue;
      const word = literal * width + (i >> 5);
      table[word] = (table[word] as number) | (1 << i);
    }
    return table;
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
    this.#sorted = this.#reserve(length);
    this.#width = (length + 31) >> 5;
    this.#tables = [];
    // Rows are written from the starts on, which thereby become the ends, and these are the next ones' starts.
    let next = 0;
    for (let of = 1; of < starts.length; of++) {
      const count = starts[of] as number;
      starts[of] = next;
      next += count;
    }
    const { rows } = this;
    const base = this.#sorted;
    for (let row = 0; row < length; row++) {
      const of = (types[codes[row] as number] as number) + 1;
      const place = starts[of] as number;
      rows[base + place] = row;
      starts[of] = place + 1;
    }
    this.#isSorted = true;
  }

  #literalsOf(place: number): Int32Array {
    const known = this.#literals[place];
    const count = this.#columns[place]?.values.length ?? 0;
    if (known !== undefined && known.length >= count && known[count - 1] !== UNKNOWN) return known;
    return this.#learn(place);
  }

  /** Compares the values of a column with the literals that queries name, each once. */
  #learn(place: number): Int32Array {
    const values = this.#columns[place]?.values ?? [];
    const wanted = this.#plan.literals[place];
    const known = this.#literals[place] ?? NO_ROWS;
    const literals = new Int32Array(values.length + (known.length >> 1) + 4).fill(UNKNOWN);
    literals.set(known);
    for (let code = 0; code < values.length; code++) {
      if (literals[code] === UNKNOWN) literals[code] = wanted?.get(values[code] as string) ?? 0;
    }
    this.#literals[place] = literals;
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
