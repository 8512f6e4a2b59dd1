import type { SequenceCell } from '../program.ts';
import { type CellRun, endByNow, firstAfter, timeAhead } from './cell-run.ts';
import { windowEnd } from './window-end.ts';

/**
 * Whether some choice of rows satisfies all steps. A row of a step is feasible if the latest feasible row before it of the step before is:
 * that one has the smallest gap, and the fewest exclusions after it. So each step needs only its latest feasible row before some instant, these
 * instants fall, and every list is walked once from its newest end. `places`: out, if
 * true, for each step `~place` of the row chosen.
 */
export function evaluateSequence(run: CellRun, cell: SequenceCell, places: number[] = []): boolean {
  const { steps, exclude } = cell;
  const { postings } = run;
  let ahead = Number.POSITIVE_INFINITY;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as SequenceCell['steps'][number];
    if (step.exclude >= 0) postings.open(step.exclude);
    const end = endByNow(run, step.query);
    ahead = Math.min(ahead, timeAhead(run, step.query, end));
    places[i] = end;
  }
  if (exclude >= 0) postings.open(exclude);
  const { rows, log, starts, ends } = postings;
  const timeOf = (place: number) => log.at[rows[place] as number] as number;
  run.cellUntil = ahead;
  const last = latestFeasible(run, cell, steps.length - 1, Number.POSITIVE_INFINITY, places);
  if (last < 0) return false;
  let until = Number.POSITIVE_INFINITY;
  if (exclude >= 0) {
    const end = endByNow(run, exclude);
    if (end > (starts[exclude] as number) && timeOf(end - 1) > timeOf(last)) return false;
    if (end < (ends[exclude] as number)) until = timeAhead(run, exclude, end);
  }
  for (let i = 0; i < steps.length; i++) {
    const { window } = steps[i] as SequenceCell['steps'][number];
    if (window !== null) until = Math.min(until, windowEnd(timeOf(~(places[i] as number)), window, run.zone));
  }
  run.cellUntil = until;
  return true;
}

/**
 * The place of the latest feasible row of step i before an instant; -1: none. `places[i]`: where the rows end that were not tried yet, or
 * `~place` of the row that was found last.
 */
function latestFeasible(run: CellRun, cell: SequenceCell, i: number, before: number, places: number[]): number {
  const { rows, log, starts, ends } = run.postings;
  const { query, window, withinMs, exclude } = cell.steps[i] as SequenceCell['steps'][number];
  const start = starts[query] as number;
  let end = places[i] as number;
  if (end < 0) {
    end = ~end;
    if ((log.at[rows[end] as number] as number) < before) return end;
  }
  let place = firstAfter(run, start, end, before, true) - 1;
  while (place >= start) {
    const at = log.at[rows[place] as number] as number;
    if (window !== null && windowEnd(at, window, run.zone) <= run.now) break;
    if (i > 0) {
      const previous = latestFeasible(run, cell, i - 1, at, places);
      if (previous < 0) break;
      const previousAt = log.at[rows[previous] as number] as number;
      let latest = at;
      if (withinMs !== null && at - previousAt >= withinMs) latest = previousAt + withinMs - 1;
      if (exclude >= 0) {
        const blocker = firstAfter(run, starts[exclude] as number, ends[exclude] as number, at, true) - 1;
        const blocked =
          blocker < (starts[exclude] as number) ? previousAt : (log.at[rows[blocker] as number] as number);
        if (blocked > previousAt && blocked < latest) latest = blocked;
      }
      // Whatever is too far from the step before, or behind a blocker, stays so: go on at the next that may be neither.
      if (latest < at) {
        place = firstAfter(run, start, place, latest, false) - 1;
        continue;
      }
    }
    places[i] = ~place;
    return place;
  }
  places[i] = start;
  return -1;
}
