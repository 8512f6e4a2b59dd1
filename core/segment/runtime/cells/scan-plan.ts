import type { PurposeMask } from '../../../policy/purposes.ts';
import { type Cell, EVENT_FIELD, type Program } from '../program.ts';
import { type DispatchPlan, FIRST_COLUMN, placeOfColumn, TEST } from '../resident/dispatch-plan.ts';
import type { Window } from '../window.ts';

/** With more literals in a column their cells are left to posting lists: a mask of them all for each test would be too large. */
const MOST_LITERALS = 1023;

/** What reading cells off sorted rows needs beside the dispatch plan: records of numbers, which are read one after the other. Belongs to the program. */
export interface ScanPlan {
  /** By cell: 1 if sorted rows answer it. Others need posting lists, or general code. */
  readonly isScanned: Uint8Array;
  /** See COUNT, SUM, SEQUENCE and STEP. */
  readonly counts: Int32Array;
  readonly sums: Int32Array;
  readonly sequences: Int32Array;
  readonly steps: Int32Array;
  readonly mostSteps: number;
  /** By sum: its bound. */
  readonly bounds: Float64Array;
  /** By step: the longest gap; Infinity: any. */
  readonly gaps: Float64Array;
  /** See QUERY. */
  readonly queries: Int32Array;
  /** Each window once; the others name them by position. */
  readonly windows: readonly (Window | null)[];
  /** Groups of rows that queries begin with: those that may be used for the purposes, of some types of the dispatch plan; null: any. */
  readonly groups: readonly ScanGroup[];
  /** Columns, by place in the dispatch plan, that are compared with literals, with numbers, and whose numbers are added. */
  readonly literals: readonly number[];
  readonly numbers: readonly number[];
  readonly amounts: readonly number[];
  /** Bit l of the words from a test's start on: whether literal number l passes. */
  readonly masks: Int32Array;
  /** Pairs: the least and the greatest number that pass a test. */
  readonly ranges: Float64Array;
}

export interface ScanGroup {
  readonly purposes: PurposeMask;
  readonly types: readonly number[] | null;
}

/**
 * A group, and what its rows must pass: how many tests on literals, on numbers; then a pair for each: the position in `ScanPlan.literals` and the start of a
 * mask, or the position in `ScanPlan.numbers` and in `ranges`. Others name it by where it begins.
 */
export const QUERY = { group: 0, literals: 1, numbers: 2, tests: 3 } as const;
/** `first`: position in `RowPlaces.firsts`. */
export const COUNT = { cell: 0, query: 1, first: 2, n: 3, width: 4 } as const;
/** `amounts`: position in `ScanPlan.amounts`. `orEqual`: 1 or 0. */
export const SUM = { cell: 0, query: 1, first: 2, amounts: 3, orEqual: 4, width: 5 } as const;
/** `start`, `end`: numbers of steps. `exclude`: NO_QUERY for none. */
export const SEQUENCE = { cell: 0, start: 1, end: 2, exclude: 3, width: 4 } as const;
export const STEP = { query: 0, first: 1, exclude: 2, width: 3 } as const;
export const NO_QUERY = -1;

/** Null: no cell can be scanned. */
export function createScanPlan({ cells, queries }: Program, dispatch: DispatchPlan): ScanPlan | null {
  const isPlain = queries.map((_, query) => isPlainQuery(dispatch, query));
  const isScanned = Uint8Array.from(cells, (cell) => (queriesOf(cell)?.every((query) => isPlain[query]) ? 1 : 0));
  if (!isScanned.includes(1)) return null;
  const windows = new Numbered<Window | null>();
  const groups = new Numbered<ScanGroup>();
  const literals = new Numbered<number>();
  const numbers = new Numbered<number>();
  const amounts = new Numbered<number>();
  const masks: number[] = [];
  const maskStarts = new Map<number, number>();
  const { tests } = dispatch;
  const maskOf = (test: number): number => {
    const known = maskStarts.get(test);
    if (known !== undefined) return known;
    const start = masks.length;
    maskStarts.set(test, start);
    const count = dispatch.literals[tests.places[test] as number]?.size ?? 0;
    for (let word = 0; word <= count >> 5; word++) masks.push(0);
    for (const literal of tests.literals.subarray(tests.starts[test], tests.starts[test + 1])) {
      const word = start + (literal >> 5);
      masks[word] = (masks[word] as number) | (1 << literal);
    }
    return start;
  };
  const ranges: number[] = [];
  const records: number[] = [];
  const known: number[] = [];
  const queryOf = (query: number): number => {
    if (query < 0) return NO_QUERY;
    const start = known[query];
    if (start !== undefined) return start;
    const type = dispatch.queries.types[query] as number;
    const some = dispatch.queries.someTypes[query] ?? null;
    const purposes = dispatch.queries.purposes[query] as number;
    const own = [...tests.places.keys()].slice(dispatch.queries.tests[query], dispatch.queries.tests[query + 1]);
    const onLiterals = own.filter((test) => tests.kinds[test] === TEST.literals);
    const onNumbers = own.filter((test) => tests.kinds[test] !== TEST.literals);
    known[query] = records.length;
    records.push(groups.of({ purposes, types: type >= 0 ? [type] : some && [...some] }));
    records.push(onLiterals.length, onNumbers.length);
    for (const test of onLiterals) records.push(literals.of(tests.places[test] as number), maskOf(test));
    for (const test of onNumbers) {
      records.push(numbers.of(tests.places[test] as number), ranges.length);
      ranges.push(tests.lows[test] as number, tests.highs[test] as number);
    }
    return known[query] as number;
  };
  const counts: number[] = [];
  const sums: number[] = [];
  const bounds: number[] = [];
  const sequences: number[] = [];
  const steps: number[] = [];
  const gaps: number[] = [];
  let mostSteps = 0;
  const scanned = [...cells.keys()].filter((cell) => isScanned[cell] === 1);
  for (const cell of scanned) for (const query of queriesOf(cells[cell] as Cell) ?? []) queryOf(query);
  // Groups are all known now, but windows are not.
  for (const cell of scanned) for (const window of windowsOf(cells[cell] as Cell)) windows.of(window);
  const firstOf = (query: number, window: Window | null) =>
    (records[queryOf(query) + QUERY.group] as number) * windows.items.length + windows.of(window);
  for (const cell of scanned) {
    const of = cells[cell] as Cell;
    if (of.kind === 'count') counts.push(cell, queryOf(of.query), firstOf(of.query, of.window), of.n);
    else if (of.kind === 'sum') {
      const added = amounts.of(placeOfColumn(of.column));
      sums.push(cell, queryOf(of.query), firstOf(of.query, of.window), added, of.is === '>=' ? 1 : 0);
      bounds.push(of.value);
    } else if (of.kind === 'sequence') {
      sequences.push(cell, gaps.length, gaps.length + of.steps.length, queryOf(of.exclude));
      mostSteps = Math.max(mostSteps, of.steps.length);
      for (const { query, window, withinMs, exclude } of of.steps) {
        steps.push(queryOf(query), firstOf(query, window), queryOf(exclude));
        gaps.push(withinMs ?? Number.POSITIVE_INFINITY);
      }
    }
  }
  return {
    isScanned,
    counts: Int32Array.from(counts),
    sums: Int32Array.from(sums),
    sequences: Int32Array.from(sequences),
    steps: Int32Array.from(steps),
    mostSteps,
    bounds: Float64Array.from(bounds),
    gaps: Float64Array.from(gaps),
    queries: Int32Array.from(records),
    windows: windows.items,
    groups: groups.items,
    literals: literals.items,
    numbers: numbers.items,
    amounts: amounts.items,
    masks: Int32Array.from(masks),
    ranges: Float64Array.from(ranges),
  };
}

/** Distinct things by number. */
class Numbered<T> {
  readonly items: T[] = [];
  readonly #places = new Map<string, number>();

  of(item: T): number {
    const key = JSON.stringify(item);
    const place = this.#places.get(key) ?? this.items.push(item) - 1;
    this.#places.set(key, place);
    return place;
  }
}

/** Null: the cell is none that looks at rows only. */
function queriesOf(cell: Cell): readonly number[] | null {
  if (cell.kind === 'count' || cell.kind === 'sum') return [cell.query];
  if (cell.kind !== 'sequence') return null;
  return [...cell.steps.flatMap(({ query, exclude }) => [query, exclude]), cell.exclude].filter((query) => query >= 0);
}

function windowsOf(cell: Cell): readonly (Window | null)[] {
  if (cell.kind === 'count' || cell.kind === 'sum') return [cell.window];
  return cell.kind === 'sequence' ? cell.steps.map(({ window }) => window) : [];
}

/** Tests of columns, or of type and source, by literals or ranges of numbers. */
function isPlainQuery({ queries, tests, literals }: DispatchPlan, query: number): boolean {
  if (queries.rests[query] !== null) return false;
  for (let test = queries.tests[query] as number; test < (queries.tests[query + 1] as number); test++) {
    const place = tests.places[test] as number;
    const isColumn = place >= FIRST_COLUMN;
    const isNamed = place === placeOfColumn(EVENT_FIELD.type) || place === placeOfColumn(EVENT_FIELD.source);
    if (!(isColumn || isNamed) || tests.kinds[test] === TEST.text) return false;
    if (tests.kinds[test] === TEST.literals && (literals[place]?.size ?? 0) > MOST_LITERALS) return false;
  }
  return true;
}
