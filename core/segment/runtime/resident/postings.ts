import type { PurposeMask } from '../../../policy/purposes.ts';
import { codePointOrder } from '../bits/code-point-order.ts';
import { eventId, type Log } from '../log/log.ts';
import { columnValue, type LogColumn, NO_NUMBERS } from '../log/log-column.ts';
import type { FieldTest } from '../program.ts';
import type { Value } from '../value.ts';
import { type DispatchPlan, isEnvelopeId, TEST } from './dispatch-plan.ts';

/** Decides what the log alone cannot: the condition `Query.rest` for a row. */
export type RestTest = (query: number, row: number) => boolean;

const NO_ROWS = new Int32Array(0);
/** A list that nobody has asked for yet. */
const UNMADE = -1;
const TOO_MANY = -2;
/** Columns whose bits would fill more words than this are compared row by row. */
const MOST_WORDS = 1 << 14;

/**
 * Rows of a log that match each query, in order, future ones included; without those that are of no use any more. Lists are made when they are
 * asked for, and share one array.
 *
 * To make them the rows are sorted by type, and each literal that queries want gets a bit for each of the sorted rows.
 */
export class Postings {
  log!: Log;
  /** List q: from `starts[q]` to `ends[q]`, once `open(q)` was called. Both move when the list outgrows its room. */
  rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** See `add`. */
  readonly matched: Int32Array;
  #matched = 0;
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
  /** By place: for each code of the column its literal. `#known`: so many are compared. */
  readonly #literals: Int32Array[] = [];
  readonly #known: Int32Array;
  /** The sorted rows are in `rows` from `#sorted` on, those of each type from its start there; until the log changes. */
  #sorted = UNMADE;
  readonly #typeStarts: Int32Array;
  /** By place: where its bits begin, literal by literal `#width` words; UNMADE; TOO_MANY. */
  readonly #tables: Int32Array;
  #bits = NO_ROWS;
  #bitsUsed = 0;
  #width = 0;
  /** What all rows were collected for, less what was withdrawn; then it need not be asked of each. */
  #common = 0;
  /** By span of the plan. */
  readonly #oldest: Int32Array;

  constructor(plan: DispatchPlan, withdrawn: (strand: number) => PurposeMask, passesRest: RestTest) {
    const { count } = plan.queries;
    this.#plan = plan;
    this.#withdrawn = withdrawn;
    this.#passesRest = passesRest;
    this.rows = NO_ROWS;
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.matched = new Int32Array(count);
    this.#limits = new Int32Array(count);
    this.#oldest = new Int32Array(plan.spans.length);
    this.#typeStarts = new Int32Array(plan.types.size + 2);
    this.#known = new Int32Array(plan.literals.length);
    this.#tables = new Int32Array(plan.literals.length);
  }

  /** Forgets all lists and begins with another log, or the same one when its rows have moved. */
  reset(log: Log, now: number): void {
    const { count } = this.#plan.queries;
    this.log = log;
    this.#now = now;
    this.#columns = [null, log.source, null, null, log.type, ...log.columns];
    this.#types.length = 1;
    this.#known.fill(0);
    this.#sorted = UNMADE;
    this.#used = 0;
    if (this.rows.length < 2 * log.length) this.rows = new Int32Array(4 * log.length + 2 * count);
    this.starts.fill(UNMADE);
  }

  /** Makes the list if it is not there yet. Returns where it starts. */
  open(query: number): number {
    const start = this.starts[query] as number;
    return start === UNMADE ? this.#make(query) : start;
  }

  /** Adds the last row of the log to the lists. Returns how many queries it matches: they are at the beginning of `matched`. */
  add(row: number): number {
    const { byType } = this.#plan;
    this.#matched = 0;
    this.#sorted = UNMADE;
    const mask = this.#maskOf(row);
    const type = this.#typeOf(this.log.type.codes[row] as number);
    const { plain, keyed } = byType[type] as DispatchPlan['byType'][number];
    for (let i = 0; i < plain.length; i++) this.#try(plain[i] as number, row, mask);
    for (let k = 0; k < keyed.length; k++) {
      const { place, starts, queries } = keyed[k] as (typeof keyed)[number];
      const literal = this.#literalOf(place, row);
      if (literal === 0 || literal + 1 >= starts.length) continue;
      const end = starts[literal + 1] as number;
      for (let i = starts[literal] as number; i < end; i++) this.#try(queries[i] as number, row, mask);
    }
    return this.#matched;
  }

  #try(query: number, row: number, mask: number): void {
    if (!this.#matches(query, row, mask, this.#plan.queries.onPath[query] as number)) return;
    this.matched[this.#matched++] = query;
    if (this.starts[query] === UNMADE) return;
    const end = this.ends[query] as number;
    if (end < (this.#limits[query] as number)) {
      this.rows[end] = row;
      this.ends[query] = end + 1;
      return;
    }
    // The list moves to the end of the array and gets twice the room. Most are too short for `copyWithin` to pay.
    const start = this.starts[query] as number;
    const to = this.#reserve(2 * (end - start) + 2);
    const { rows } = this;
    for (let i = start; i < end; i++) rows[to + i - start] = rows[i] as number;
    rows[to + end - start] = row;
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

  /** All but the type, and the first `passed` tests. */
  #matches(query: number, row: number, mask: number, passed: number): boolean {
    const { purposes, tests, rests } = this.#plan.queries;
    const wanted = purposes[query] as number;
    if ((mask & wanted) !== wanted) return false;
    const end = tests[query + 1] as number;
    for (let test = (tests[query] as number) + passed; test < end; test++) if (!this.#passes(test, row)) return false;
    return rests[query] === null || this.#passesRest(query, row);
  }

  #make(query: number): number {
    if (this.#sorted === UNMADE) this.#sort();
    const { queries, tests } = this.#plan;
    const base = this.#sorted;
    const type = queries.types[query] as number;
    const firstTest = queries.tests[query] as number;
    const endTest = queries.tests[query + 1] as number;
    const oldest = this.#oldest[queries.spans[query] as number] as number;
    let from = base;
    let to = base + this.log.length;
    if (type >= 0) {
      from = this.#typeStarts[type] as number;
      to = this.#typeStarts[type + 1] as number;
      for (let end = to; from < end; ) {
        const middle = (from + end) >> 1;
        if ((this.rows[middle] as number) < oldest) from = middle + 1;
        else end = middle;
      }
    }
    const wanted = queries.purposes[query] as number;
    let isSlow = type < 0 || (this.#common & wanted) !== wanted || queries.rests[query] !== null;
    if (firstTest === endTest && !isSlow) {
      // The list is a part of the rows of its type: no need to copy it.
      this.starts[query] = from;
      this.ends[query] = this.#limits[query] = to;
      return from;
    }
    let endBits = firstTest;
    while (endBits < endTest && this.#hasBits(endBits)) endBits++;
    // One more test on numbers may follow.
    const column = endBits < endTest ? (this.#columns[tests.places[endBits] as number] ?? null) : null;
    const isRange = column?.isNumeric === true && tests.kinds[endBits] === TEST.range && endBits + 1 === endTest;
    const numbers = isRange ? (column as LogColumn).numbers : NO_NUMBERS;
    const low = isRange ? (tests.lows[endBits] as number) : 0;
    const high = isRange ? (tests.highs[endBits] as number) : 0;
    isSlow ||= endBits < endTest && !isRange;
    const start = this.#reserve(to - from);
    const { rows } = this;
    let end = start;
    const lastWord = (to - base - 1) >> 5;
    for (let word = (from - base) >> 5, bits = -1 << (from - base); word <= lastWord; word++, bits = -1) {
      if (word === lastWord) bits &= -1 >>> (base - to);
      for (let test = firstTest; test < endBits; test++) bits &= this.#bitsOf(test, word);
      for (; bits !== 0; bits &= bits - 1) {
        const row = rows[base + 32 * word + 31 - Math.clz32(bits & -bits)] as number;
        if (isRange && !((numbers[row] as number) >= low && (numbers[row] as number) <= high)) continue;
        if (isSlow && !this.#matchesSlowly(query, row, oldest)) continue;
        rows[end++] = row;
      }
    }
    // Those of several types stand one type after the other.
    if (type < 0) rows.subarray(start, end).sort();
    this.#used = end;
    this.starts[query] = start;
    this.ends[query] = this.#limits[query] = end;
    return start;
  }

  #matchesSlowly(query: number, row: number, oldest: number): boolean {
    const types = this.#plan.queries.someTypes[query] ?? null;
    if (row < oldest) return false;
    if (types !== null && !types.has(this.#typeOf(this.log.type.codes[row] as number))) return false;
    return this.#matches(query, row, this.#maskOf(row), 0);
  }

  /** The bits of 32 sorted rows that pass a test on literals. */
  #bitsOf(test: number, word: number): number {
    const { places, starts, literals } = this.#plan.tests;
    const bits = this.#bits;
    const table = (this.#tables[places[test] as number] as number) + word;
    const width = this.#width;
    const end = starts[test + 1] as number;
    let found = 0;
    for (let i = starts[test] as number; i < end; i++) found |= bits[table + (literals[i] as number) * width] as number;
    return found;
  }

  #hasBits(test: number): boolean {
    const { places, kinds } = this.#plan.tests;
    if (kinds[test] !== TEST.literals) return false;
    const place = places[test] as number;
    if (this.#tables[place] === UNMADE) this.#makeTable(place);
    return (this.#tables[place] as number) >= 0;
  }

  #makeTable(place: number): void {
    const { length } = this.log;
    const width = this.#width;
    const words = ((this.#plan.literals[place]?.size ?? 0) + 1) * width;
    const table = this.#bitsUsed;
    if (words > MOST_WORDS) {
      this.#tables[place] = TOO_MANY;
      return;
    }
    this.#tables[place] = table;
    this.#bitsUsed += words;
    if (this.#bitsUsed > this.#bits.length) {
      const longer = new Int32Array(2 * this.#bitsUsed);
      longer.set(this.#bits);
      this.#bits = longer;
    } else this.#bits.fill(0, table, this.#bitsUsed);
    const bits = this.#bits;
    const column = this.#columns[place] ?? null;
    const codes = column === null || column.isNumeric ? null : column.codes;
    const literals = codes === null ? NO_ROWS : this.#literalsOf(place, column as LogColumn);
    const { rows } = this;
    const base = this.#sorted;
    for (let i = 0; i < length; i++) {
      const row = rows[base + i] as number;
      const literal = codes === null ? this.#literalOf(place, row) : (literals[codes[row] as number] as number);
      if (literal === 0) continue;
      const word = table + literal * width + (i >> 5);
      bits[word] = (bits[word] as number) | (1 << i);
    }
  }

  #passes(test: number, row: number): boolean {
    const { places, kinds, lows, highs, starts, literals, texts } = this.#plan.tests;
    const place = places[test] as number;
    if (kinds[test] === TEST.literals) {
      const literal = this.#literalOf(place, row);
      const end = starts[test + 1] as number;
      for (let i = starts[test] as number; i < end; i++) if (literals[i] === literal) return true;
      return false;
    }
    const column = this.#columns[place] ?? null;
    if (column?.isNumeric === true && kinds[test] === TEST.range) {
      const number = column.numbers[row] as number;
      return number >= (lows[test] as number) && number <= (highs[test] as number);
    }
    const value = this.#value(place, row);
    const text = texts[test] ?? null;
    if (text !== null) return isInOrder(value, text);
    return typeof value === 'number' && value >= (lows[test] as number) && value <= (highs[test] as number);
  }

  /** 0: none that anybody asks for. */
  #literalOf(place: number, row: number): number {
    const column = this.#columns[place] ?? null;
    if (column !== null && !column.isNumeric)
      return this.#literalsOf(place, column)[column.codes[row] as number] as number;
    return this.#plan.literals[place]?.get(this.#value(place, row) as string) ?? 0;
  }

  #value(place: number, row: number): Value {
    if (isEnvelopeId(place)) return eventId(this.log, row);
    const column = this.#columns[place] ?? null;
    return column === null ? null : columnValue(column, row);
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
    let lastStrand = -1;
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
    this.#width = (length + 31) >> 5;
    this.#tables.fill(UNMADE);
    this.#bitsUsed = 0;
    // Rows are written from the starts on, which thereby become the ends, and these are the next ones' starts.
    let next = this.#reserve(length);
    this.#sorted = next;
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
  }

  /** The values of a column are compared with the literals that queries name, each once. */
  #literalsOf(place: number, { values }: LogColumn): Int32Array {
    let literals = this.#literals[place] ?? NO_ROWS;
    let code = this.#known[place] as number;
    if (code === values.length) return literals;
    if (literals.length < values.length) {
      const longer = new Int32Array(values.length + (values.length >> 1) + 8);
      longer.set(literals);
      literals = longer;
      this.#literals[place] = literals;
    }
    const wanted = this.#plan.literals[place];
    for (; code < values.length; code++) literals[code] = wanted?.get(values[code] as string) ?? 0;
    this.#known[place] = code;
    return literals;
  }
}

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
