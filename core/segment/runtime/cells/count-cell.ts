import type { CellRun } from './cell-run.ts';
import { endByNow, timeAhead } from './cell-run.ts';
import { bucketsOf } from './folded-buckets.ts';
import { slackOf, windowEnd } from './window-end.ts';

/** At least n rows in the window: as long as the n-th newest is, or nearly so. */
export function evaluateCount(run: CellRun, cell: number): boolean {
  const { plan, postings, now } = run;
  const query = plan.queries[cell] as number;
  const missing = plan.bounds[cell] as number;
  const end = endByNow(run, query);
  const place = end - missing;
  if (place < (postings.starts[query] as number)) {
    if (run.folded !== null && evaluateWithFolded(run, cell, end)) return true;
    run.cellUntil = timeAhead(run, query, end);
    return false;
  }
  const at = postings.log.at[postings.rows[place] as number] as number;
  let leaves = at + (plan.spans[cell] as number);
  if (Number.isNaN(leaves)) {
    const window = plan.windows[cell] ?? null;
    const slack = slackOf(window);
    leaves = windowEnd(at, window, run.zone);
    if (Math.abs(leaves - now) <= slack) return countInside(run, cell, end) >= missing;
    // Those behind it may leave before it does.
    leaves -= now < leaves ? slack : 0;
  }
  run.cellUntil = now < leaves ? leaves : timeAhead(run, query, end);
  return now < leaves;
}

/** How many rows are in the window, looked at one by one. Until the first one leaves, or another one comes. */
function countInside(run: CellRun, cell: number, end: number): number {
  const { plan, postings, zone, now } = run;
  const query = plan.queries[cell] as number;
  const window = plan.windows[cell] ?? null;
  const slack = slackOf(window);
  run.cellUntil = timeAhead(run, query, end);
  let inside = 0;
  for (let place = end - 1; place >= (postings.starts[query] as number); place--) {
    const leaves = windowEnd(postings.log.at[postings.rows[place] as number] as number, window, zone);
    if (leaves + slack <= now) break;
    if (leaves <= now) continue;
    inside++;
    if (leaves < run.cellUntil) run.cellUntil = leaves;
  }
  return inside;
}

/** Fewer rows than asked for are left in full: a day counts while it is in the window wholly. */
function evaluateWithFolded(run: CellRun, cell: number, end: number): boolean {
  const { plan, postings, zone, now } = run;
  const query = plan.queries[cell] as number;
  const window = plan.windows[cell] ?? null;
  const start = postings.starts[query] as number;
  const slack = slackOf(window);
  let missing = (plan.bounds[cell] as number) - (slack > 0 ? countInside(run, cell, end) : end - start);
  let until = slack > 0 ? run.cellUntil : Number.POSITIVE_INFINITY;
  if (end > start && windowEnd(postings.log.at[postings.rows[start] as number] as number, window, zone) + slack <= now)
    return false;
  const { starts, values } = bucketsOf(run.folded as NonNullable<CellRun['folded']>, query);
  for (let i = starts.length - 1; i >= 0; i--) {
    const leaves = windowEnd(starts[i] as number, window, zone);
    if (leaves + slack <= now) return false;
    if (leaves <= now) continue;
    missing -= values[i] as number;
    until = Math.min(until, leaves);
    if (missing > 0) continue;
    run.cellUntil = until;
    return true;
  }
  return false;
}
