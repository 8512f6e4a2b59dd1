import { columnValue, type LogColumn } from '../log/log-column.ts';
import type { SumCell } from '../program.ts';
import { type CellRun, endByNow, timeAhead } from './cell-run.ts';
import { bucketsOf } from './folded-buckets.ts';
import { windowEnd } from './window-end.ts';

/** The sum of the rows in the window, added from the oldest on, as rounding depends on the order. */
export function evaluateSum(run: CellRun, cell: number): boolean {
  const { plan, postings, now } = run;
  const query = plan.queries[cell] as number;
  const sum = plan.sums[cell] as number;
  const end = endByNow(run, query);
  const start = postings.starts[query] as number;
  const { rows, log } = postings;
  let head = start + (run.sumHeads[sum] as number);
  let from = start + (run.sumEnds[sum] as number);
  let total = run.sumTotals[sum] as number;
  let leaves = Number.POSITIVE_INFINITY;
  while (head < end) {
    leaves = leavesAt(run, cell, log.at[rows[head] as number] as number);
    if (leaves > now) break;
    // What was added up begins with a row that left.
    from = -1;
    head++;
    leaves = Number.POSITIVE_INFINITY;
  }
  run.cellUntil = Math.min(leaves, timeAhead(run, query, end));
  if (from < start || run.folded !== null) {
    from = head;
    total = run.folded === null ? 0 : foldedTotal(run, query, plan.sumColumns[sum] as number, cell);
  }
  const column = log.columns[plan.sumColumns[sum] as number];
  if (column !== undefined && from < end) total = addUp(column, rows, from, end, total);
  run.sumHeads[sum] = head - start;
  run.sumEnds[sum] = end - start;
  run.sumTotals[sum] = total;
  const bound = plan.bounds[cell] as number;
  return total > bound || (total === bound && (plan.cells[cell] as SumCell).is === '>=');
}

function leavesAt({ plan, zone }: CellRun, cell: number, at: number): number {
  const leaves = at + (plan.spans[cell] as number);
  return Number.isNaN(leaves) ? windowEnd(at, plan.windows[cell] ?? null, zone) : leaves;
}

function addUp(column: LogColumn, rows: Int32Array, from: number, end: number, before: number): number {
  const { numbers, isNumeric } = column;
  let total = before;
  for (let i = from; i < end; i++) {
    const row = rows[i] as number;
    const number = isNumeric ? (numbers[row] as number) : columnValue(column, row);
    if (typeof number === 'number' && !Number.isNaN(number)) total += number;
  }
  return total;
}

/** Days that are in the window wholly, and until when. */
function foldedTotal(run: CellRun, query: number, column: number, cell: number): number {
  const { starts, values } = bucketsOf(run.folded as NonNullable<CellRun['folded']>, query, column);
  let total = 0;
  for (let i = 0; i < starts.length; i++) {
    const leaves = leavesAt(run, cell, starts[i] as number);
    if (leaves <= run.now) continue;
    run.cellUntil = Math.min(run.cellUntil, leaves);
    total += values[i] as number;
  }
  return total;
}
