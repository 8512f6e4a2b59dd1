import type { CellRun } from './cell-run.ts';
import { endByNow, timeAhead } from './cell-run.ts';
import { bucketsOf } from './folded-buckets.ts';
import { windowEnd } from './window-end.ts';

/** At least n rows in the window: as long as the n-th newest is. */
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
  if (Number.isNaN(leaves)) leaves = windowEnd(at, plan.windows[cell] ?? null, run.zone);
  run.cellUntil = now < leaves ? leaves : timeAhead(run, query, end);
  return now < leaves;
}

/** Fewer rows than asked for are left in full: a day counts while it is in the window wholly. */
function evaluateWithFolded(run: CellRun, cell: number, end: number): boolean {
  const { plan, postings, zone, now } = run;
  const query = plan.queries[cell] as number;
  const window = plan.windows[cell] ?? null;
  const start = postings.starts[query] as number;
  let missing = (plan.bounds[cell] as number) - (end - start);
  if (end > start && windowEnd(postings.log.at[postings.rows[start] as number] as number, window, zone) <= now)
    return false;
  const { starts, values } = bucketsOf(run.folded as NonNullable<CellRun['folded']>, query);
  for (let i = starts.length - 1; i >= 0; i--) {
    const leaves = windowEnd(starts[i] as number, window, zone);
    if (leaves <= now) return false;
    missing -= values[i] as number;
    if (missing > 0) continue;
    run.cellUntil = leaves;
    return true;
  }
  return false;
}
