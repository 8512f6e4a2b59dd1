import type { Cell, Program } from '../program.ts';
import type { Window } from '../window.ts';

export const CELL = { value: 0, truth: 1, count: 2, sum: 3, sequence: 4 } as const;

/** Windows in calendar steps, which need more than an addition. */
export const BY_CALENDAR = Number.NaN;

/** The cells as columns: evaluating the usual ones touches no objects. */
export interface CellPlan {
  readonly cells: readonly Cell[];
  readonly kinds: Uint8Array;
  readonly queries: Int32Array;
  readonly windows: readonly (Window | null)[];
  /** Of `windows`; Infinity: none. BY_CALENDAR: see there. */
  readonly spans: Float64Array;
  /** Least count, or bound of the sum. */
  readonly bounds: Float64Array;
  readonly ifTrue: Int32Array;
  readonly ifFalse: Int32Array;
  /** By sum cell: what is summed. Cells that differ in nothing but the bound share it. */
  readonly sums: Int32Array;
  readonly sumColumns: Int32Array;
  /** By cell: the query that ends a true one with a further row; ANY: every one of its queries, NONE: none. */
  readonly spoilers: Int32Array;
}

const ANY = -2;
const NONE = -1;

/** Whether the cell, if true, is so after a further row of the query. */
export function staysTrue({ spoilers }: CellPlan, cell: number, query: number): boolean {
  const spoiler = spoilers[cell] as number;
  return spoiler !== ANY && spoiler !== query;
}

export function spanOf(window: Window | null): number {
  if (window === null) return Number.POSITIVE_INFINITY;
  return window.is === 'span' ? window.ms : BY_CALENDAR;
}

export function createCellPlan({ cells }: Program): CellPlan {
  const windows = cells.map((cell) => ('window' in cell ? cell.window : null));
  const sums = new Map<string, number>();
  const sumColumns: number[] = [];
  const sumOf = (cell: Cell) => {
    if (cell.kind !== 'sum') return -1;
    const { query, column, window } = cell;
    const key = JSON.stringify([query, column, window]);
    const known = sums.get(key);
    if (known !== undefined) return known;
    sums.set(key, sums.size);
    return sumColumns.push(column) - 1;
  };
  return {
    cells,
    kinds: Uint8Array.from(cells, ({ kind }) => CELL[kind]),
    queries: Int32Array.from(cells, (cell) => ('query' in cell ? cell.query : -1)),
    windows,
    spans: Float64Array.from(windows, spanOf),
    bounds: Float64Array.from(cells, (cell) => (cell.kind === 'count' ? cell.n : cell.kind === 'sum' ? cell.value : 0)),
    ifTrue: Int32Array.from(cells, (cell) => (cell.kind === 'value' ? -1 : cell.ifTrue)),
    ifFalse: Int32Array.from(cells, (cell) => (cell.kind === 'value' ? -1 : cell.ifFalse)),
    sums: Int32Array.from(cells, sumOf),
    sumColumns: Int32Array.from(sumColumns),
    spoilers: Int32Array.from(cells, (cell) => {
      if (cell.kind === 'count') return NONE;
      return cell.kind === 'sequence' ? cell.exclude : ANY;
    }),
  };
}
