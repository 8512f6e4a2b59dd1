import { columnValue, type LogColumn } from '../log/log-column.ts';
import type { SumCell } from '../program.ts';
import { type CellRun, endByNow, firstAfter, timeAhead } from './cell-run.ts';
import { bucketsOf } from './folded-buckets.ts';
import { longestSpan, slackOf, windowEnd } from './window-end.ts';

/** So much more than the bound must be left, lest the order of adding matters. */
const DOUBT = 1e-9;

/** The sum of the rows in the window, added from the oldest on, as rounding depends on the order. */
export function evaluateSum(run: CellRun, cell: number): boolean {
  const { plan, postings, now, sumSigned } = run;
  const slack = slackOf(plan.windows[cell] ?? null);
  if (slack > 0) return evaluateMonths(run, cell, slack);
  const query = plan.queries[cell] as number;
  const sum = plan.sums[cell] as number;
  const end = endByNow(run, query);
  const start = postings.starts[query] as number;
  const { rows, log } = postings;
  let head = start + (run.sumHeads[sum] as number);
  let from = start + (run.sumEnds[sum] as number);
  let total = run.sumTotals[sum] as number;
  while (head < end && leavesAt(run, cell, log.at[rows[head] as number] as number) <= now) {
    // What was added up begins with a row that left.
    from = -1;
    head++;
  }
  run.cellUntil = timeAhead(run, query, end);
  if (from < start || run.folded !== null) {
    from = head;
    total = run.folded === null ? 0 : foldedTotal(run, query, plan.sumColumns[sum] as number, cell);
  }
  const column = log.columns[plan.sumColumns[sum] as number];
  for (; column !== undefined && from < end; from++) {
    const number = numberAt(column, rows[from] as number);
    total += number;
    if (number < 0) sumSigned[sum] = 1;
  }
  run.sumHeads[sum] = head - start;
  run.sumEnds[sum] = end - start;
  run.sumTotals[sum] = total;
  const bound = plan.bounds[cell] as number;
  const isReached = reaches(run, cell, total);
  let leaving = head;
  if (sumSigned[sum] === 0 && run.folded === null && column !== undefined) {
    // Without negative numbers a sum only falls when rows leave: it stays below the bound, or above as long as the newest rows are enough.
    leaving = end;
    for (let rest = isReached ? bound + DOUBT * Math.abs(bound) : -1; rest >= 0 && leaving > head; )
      rest -= numberAt(column, rows[--leaving] as number);
  }
  if (leaving < end)
    run.cellUntil = Math.min(run.cellUntil, leavesAt(run, cell, log.at[rows[leaving] as number] as number));
  return isReached;
}

/** Added anew each time: of those that may have left by now each row is asked. */
function evaluateMonths(run: CellRun, cell: number, slack: number): boolean {
  const { plan, postings, now } = run;
  const query = plan.queries[cell] as number;
  const place = plan.sumColumns[plan.sums[cell] as number] as number;
  const end = endByNow(run, query);
  const { rows, starts, log } = postings;
  const column = log.columns[place];
  run.cellUntil = timeAhead(run, query, end);
  let total = run.folded === null ? 0 : foldedTotal(run, query, place, cell);
  let isInside = false;
  const oldest = now - longestSpan(plan.windows[cell] ?? null);
  for (let from = firstAfter(run, starts[query] as number, end, oldest, false); from < end; from++) {
    const row = rows[from] as number;
    if (!isInside) {
      const leaves = leavesAt(run, cell, log.at[row] as number);
      if (leaves <= now) continue;
      isInside = leaves - slack > now;
      run.cellUntil = Math.min(run.cellUntil, isInside ? leaves - slack : leaves);
    }
    if (column !== undefined) total += numberAt(column, row);
  }
  return reaches(run, cell, total);
}

function reaches({ plan }: CellRun, cell: number, total: number): boolean {
  const bound = plan.bounds[cell] as number;
  return total > bound || (total === bound && (plan.cells[cell] as SumCell).is === '>=');
}

/** Whether a sum that is reached still is after a further row. */
export function staysReached(run: CellRun, cell: number, row: number): boolean {
  const column = run.postings.log.columns[run.plan.sumColumns[run.plan.sums[cell] as number] as number];
  return column === undefined || numberAt(column, row) >= 0;
}

function leavesAt({ plan, zone }: CellRun, cell: number, at: number): number {
  const leaves = at + (plan.spans[cell] as number);
  return Number.isNaN(leaves) ? windowEnd(at, plan.windows[cell] ?? null, zone) : leaves;
}

/** What a row adds. */
function numberAt(column: LogColumn, row: number): number {
  const value = column.isNumeric ? (column.numbers[row] as number) : columnValue(column, row);
  return typeof value === 'number' && !Number.isNaN(value) ? value : 0;
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
