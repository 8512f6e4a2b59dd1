import type { PurposeMask } from '../../../policy/purposes.ts';
import type { Log } from '../log/log.ts';
import { columnValue, type LogColumn } from '../log/log-column.ts';
import type { ZoneTable } from '../program.ts';
import type { DispatchPlan } from '../resident/dispatch-plan.ts';
import type { Window } from '../window.ts';
import type { ScanGroup, ScanPlan } from './scan-plan.ts';
import { slackOf, windowEnd } from './window-end.ts';

/**
 * The rows of a log group by group, each in order of time, and side by side what they are asked for: queries read a stretch of it from one end to the other.
 * Rows that no cell can see, and those after now, are left out. The next `reset` uses the same memory.
 */
export class RowPlaces {
  log!: Log;
  /** By place: its row. */
  rows = new Int32Array(0);
  /** By group of the scan plan: its places. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** By group and window: the first place inside. */
  readonly firsts: Int32Array;
  /** By window: 1 where later rows are outside although the first one is inside; and whether there is such a window. */
  readonly ragged: Uint8Array;
  isRagged = false;
  /** Of the n-th column of `ScanPlan.literals`, from n × `room` on, by place: the number of its literal; 0: none that queries want. */
  literals = new Int32Array(0);
  /** Likewise of `ScanPlan.numbers`, NaN where there is none, and of `ScanPlan.amounts`, then 0. */
  numbers = new Float64Array(0);
  amounts = new Float64Array(0);
  room = 0;
  /** Used by one sequence after the other: three numbers a step. */
  readonly cursors: Int32Array;
  readonly #plan: DispatchPlan;
  readonly #scan: ScanPlan;
  readonly #zone: ZoneTable;
  #base = 0;
  #end = 0;
  #used = 0;
  /** By window: its first row; and windows in the order of these. */
  readonly #firstRows: Int32Array;
  readonly #sorted: Int32Array;
  /** By type of the dispatch plan: its code in the log; one that no row has, if need be. */
  readonly #typeCodes: Int32Array;
  #codes = 0;
  /** By code of the type: its places; by window and code: the first one inside. */
  #codeStarts = new Int32Array(0);
  #codeEnds = new Int32Array(0);
  #codeFirsts = new Int32Array(0);
  #ofCode = new Int32Array(0);

  constructor(plan: DispatchPlan, scan: ScanPlan, zone: ZoneTable) {
    const { groups, windows } = scan;
    this.#plan = plan;
    this.#scan = scan;
    this.#zone = zone;
    this.starts = new Int32Array(groups.length);
    this.ends = new Int32Array(groups.length);
    this.firsts = new Int32Array(groups.length * windows.length);
    this.ragged = new Uint8Array(windows.length);
    this.#firstRows = new Int32Array(windows.length);
    this.#sorted = Int32Array.from(windows, (_, window) => window);
    this.#typeCodes = new Int32Array(plan.types.size);
    this.cursors = new Int32Array(3 * scan.mostSteps);
  }

  reset(log: Log, now: number, withdrawn: (strand: number) => PurposeMask): void {
    this.log = log;
    this.#findRows(now);
    this.#findTypes();
    this.#sort();
    const common = this.#commonPurposes(withdrawn);
    const { groups, windows, literals, numbers, amounts } = this.#scan;
    for (let group = 0; group < groups.length; group++) {
      const of = groups[group] as ScanGroup;
      if (of.types?.length !== 1 || (common & of.purposes) !== of.purposes) {
        this.#gather(group, of, withdrawn);
        continue;
      }
      const code = this.#typeCodes[of.types[0] as number] as number;
      this.starts[group] = this.#codeStarts[code] as number;
      this.ends[group] = this.#codeEnds[code] as number;
      for (let w = 0; w < windows.length; w++)
        this.firsts[group * windows.length + w] = this.#codeFirsts[w * this.#codes + code] as number;
    }
    if (this.room < this.#used) {
      this.room = 2 * this.#used;
      this.literals = new Int32Array(this.room * literals.length);
      this.numbers = new Float64Array(this.room * numbers.length);
      this.amounts = new Float64Array(this.room * amounts.length);
    }
    const columns = [null, log.source, null, null, log.type, ...log.columns];
    for (let i = 0; i < literals.length; i++) this.#readLiterals(columns[literals[i] as number], i);
    for (let i = 0; i < numbers.length; i++) {
      const place = numbers[i] as number;
      readNumbers(columns[place] ?? null, this.rows, this.#used, this.numbers, i * this.room, Number.NaN);
    }
    for (let i = 0; i < amounts.length; i++) {
      const place = amounts[i] as number;
      readNumbers(columns[place] ?? null, this.rows, this.#used, this.amounts, i * this.room, 0);
    }
  }

  #findRows(now: number): void {
    const { at, length } = this.log;
    const { spans } = this.#plan;
    const { windows } = this.#scan;
    const end = firstAfter(at, length, now);
    let base = end;
    for (let i = 0; i < spans.length; i++) base = Math.min(base, firstAfter(at, end, now - (spans[i] as number)));
    this.#base = base;
    this.#end = end;
    const firstRows = this.#firstRows;
    this.isRagged = false;
    for (let i = 0; i < windows.length; i++) {
      const window = windows[i] as Window | null;
      if (window === null) firstRows[i] = base;
      else if (window.is === 'span') firstRows[i] = firstAfter(at, end, now - window.ms);
      else {
        const slack = slackOf(window);
        const leftAt = (row: number) => now - windowEnd(at[row] as number, window, this.#zone);
        let first = base;
        while (first < end && leftAt(first) >= 0) first++;
        firstRows[i] = first;
        let row = first;
        while (row < end && leftAt(row) < 0 && leftAt(row) + slack >= 0) row++;
        this.ragged[i] = row < end && leftAt(row) >= 0 ? 1 : 0;
        this.isRagged ||= this.ragged[i] === 1;
      }
    }
    // Of a sequence's windows only the shortest counts.
    for (let i = 0; i < windows.length; i++) firstRows[i] = Math.max(base, firstRows[i] as number);
    // Nearly in order from the last time.
    const sorted = this.#sorted;
    for (let i = 1; i < sorted.length; i++) {
      const window = sorted[i] as number;
      let to = i;
      for (; to > 0 && (firstRows[sorted[to - 1] as number] as number) > (firstRows[window] as number); to--)
        sorted[to] = sorted[to - 1] as number;
      sorted[to] = window;
    }
  }

  #findTypes(): void {
    const { types } = this.#plan;
    const { values } = this.log.type;
    this.#codes = values.length + 1;
    this.#typeCodes.fill(values.length);
    for (let code = 1; code < values.length; code++) {
      const of = types.get(values[code] as string);
      if (of !== undefined) this.#typeCodes[of] = code;
    }
  }

  /** Rows by type, in order of time. */
  #sort(): void {
    const { codes } = this.log.type;
    const count = this.#codes;
    this.#codeStarts = roomy(this.#codeStarts, count);
    this.#codeEnds = roomy(this.#codeEnds, count);
    this.#codeFirsts = roomy(this.#codeFirsts, count * this.#sorted.length);
    this.rows = roomy(this.rows, this.#end - this.#base);
    this.#used = this.#end - this.#base;
    const { rows } = this;
    const starts = this.#codeStarts;
    const end = this.#end;
    const ends = this.#codeEnds.fill(0, 0, count);
    const firsts = this.#codeFirsts;
    for (let row = this.#base; row < end; row++) {
      const code = codes[row] as number;
      ends[code] = (ends[code] as number) + 1;
    }
    for (let code = 0, place = 0; code < count; code++) {
      const more = ends[code] as number;
      starts[code] = ends[code] = place;
      place += more;
    }
    for (let row = this.#base, i = 0, next = this.#firstRow(0); ; row++) {
      for (; row === next; next = this.#firstRow(++i)) {
        const to = (this.#sorted[i] as number) * count;
        for (let code = 0; code < count; code++) firsts[to + code] = ends[code] as number;
      }
      if (row === end) break;
      const code = codes[row] as number;
      const place = ends[code] as number;
      rows[place] = row;
      ends[code] = place + 1;
    }
  }

  /** Of the i-th of the sorted windows; no row, if there is none. */
  #firstRow(i: number): number {
    return i < this.#sorted.length ? (this.#firstRows[this.#sorted[i] as number] as number) : -1;
  }

  /** What all rows were collected for, less what was withdrawn. */
  #commonPurposes(withdrawn: (strand: number) => PurposeMask): number {
    const { strand, purposes } = this.log;
    let common = -1;
    let last = -1;
    let allowed = 0;
    for (let row = this.#base; row < this.#end; row++) {
      if (strand[row] !== last) {
        last = strand[row] as number;
        allowed = ~withdrawn(last);
      }
      common &= (purposes[row] as number) & allowed;
    }
    return common;
  }

  /** Gives a group places of its own: it is not of one type, or may not see all. */
  #gather(group: number, { purposes: wanted, types }: ScanGroup, withdrawn: (strand: number) => PurposeMask): void {
    const { strand, purposes } = this.log;
    const { codes } = this.log.type;
    const windows = this.#firstRows.length;
    const [only] = types?.length === 1 ? types : [];
    const code = only === undefined ? -1 : (this.#typeCodes[only] as number);
    const from = code < 0 ? this.#base : (this.#codeStarts[code] as number);
    const to = code < 0 ? this.#end : (this.#codeEnds[code] as number);
    const isOf = new Uint8Array(this.#codes).fill(types === null ? 1 : 0);
    for (const type of types ?? []) isOf[this.#typeCodes[type] as number] = 1;
    const start = this.#used;
    this.rows = roomy(this.rows, start + to - from);
    const { rows } = this;
    let end = start;
    let last = -1;
    let allowed = 0;
    for (let i = from; i < to; i++) {
      const row = code < 0 ? i : (rows[i] as number);
      if (isOf[codes[row] as number] === 0) continue;
      if (strand[row] !== last) {
        last = strand[row] as number;
        allowed = ~withdrawn(last);
      }
      if (((purposes[row] as number) & allowed & wanted) === wanted) rows[end++] = row;
    }
    this.#used = end;
    this.starts[group] = start;
    this.ends[group] = end;
    for (let i = 0, place = start; i < windows; i++) {
      const window = this.#sorted[i] as number;
      while (place < end && (rows[place] as number) < (this.#firstRows[window] as number)) place++;
      this.firsts[group * windows + window] = place;
    }
  }

  #readLiterals(column: LogColumn | null | undefined, position: number): void {
    const { isNumeric, numbers, values, codes } = column as LogColumn;
    // Null where all lists of literals are empty.
    const wanted: ReadonlyMap<unknown, number> | null =
      this.#plan.literals[this.#scan.literals[position] as number] ?? null;
    const { literals, rows } = this;
    const at = position * this.room;
    const end = this.#used;
    if (isNumeric) {
      for (let i = 0; i < end; i++) literals[at + i] = wanted?.get(numbers[rows[i] as number]) ?? 0;
      return;
    }
    this.#ofCode = roomy(this.#ofCode, values.length);
    const ofCode = this.#ofCode;
    for (let code = 0; code < values.length; code++) ofCode[code] = wanted?.get(values[code]) ?? 0;
    for (let i = 0; i < end; i++) literals[at + i] = ofCode[codes[rows[i] as number] as number] as number;
  }
}

function readNumbers(
  column: LogColumn | null,
  rows: Int32Array,
  count: number,
  into: Float64Array,
  at: number,
  none: number,
): void {
  if (column?.isNumeric === true) {
    const { numbers } = column;
    for (let i = 0; i < count; i++) {
      const number = numbers[rows[i] as number] as number;
      into[at + i] = Number.isNaN(number) ? none : number;
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    const value = column && columnValue(column, rows[i] as number);
    into[at + i] = typeof value === 'number' ? value : none;
  }
}

function roomy(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const longer = new Int32Array(2 * length);
  longer.set(array);
  return longer;
}

/** The first of so many rising times that is above `bound`. */
function firstAfter(at: Float64Array, length: number, bound: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
