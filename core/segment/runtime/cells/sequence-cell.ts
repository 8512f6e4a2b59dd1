import type { SequenceCell } from '../program.ts';
import { type CellRun, endByNow, firstAfter, timeAhead } from './cell-run.ts';
import { slackOf, windowEnd } from './window-end.ts';

/** In `places`: the step was not looked at yet. */
const UNSEEN = 0x7fff_ffff;

/**
 * Whether some choice of rows satisfies all steps. A row of a step is feasible if the latest feasible row before it of the step before is:
 * that one has the smallest gap, and the fewest exclusions after it. So each step needs only its latest feasible row before some instant, these
 * instants fall, and every list is walked once from its newest end. `places`: out, if true, for each step `~place` of the row chosen.
 */
export function evaluateSequence(run: CellRun, cell: SequenceCell, places = run.places): boolean {
  const { steps, exclude } = cell;
  const { postings } = run;
  const last = steps.length - 1;
  const { query } = steps[last] as SequenceCell['steps'][number];
  const end = endByNow(run, query);
  // What happens next can only be the last step, or what must not come after it.
  run.cellUntil = timeAhead(run, query, end);
  for (let i = 0; i < last; i++) places[i] = UNSEEN;
  places[last] = end;
  const place = latestFeasible(run, cell, last, Number.POSITIVE_INFINITY, places, 0);
  if (place < 0) return false;
  let until = Number.POSITIVE_INFINITY;
  if (exclude >= 0) {
    const excludeEnd = endByNow(run, exclude);
    const isAfter = excludeEnd > (postings.starts[exclude] as number);
    if (isAfter && timeOf(run, excludeEnd - 1) > timeOf(run, place)) return false;
    until = timeAhead(run, exclude, excludeEnd);
  }
  for (let i = 0; i <= last; i++) {
    const { window } = steps[i] as SequenceCell['steps'][number];
    if (window !== null) until = Math.min(until, windowEnd(timeOf(run, ~(places[i] as number)), window, run.zone));
  }
  run.cellUntil = until;
  return true;
}

/** Whether a sequence that was not true may be so by the newest row of its last step, which has just come. What came before did not suffice and does not now. */
export function isCompleted(run: CellRun, cell: SequenceCell): boolean {
  const last = cell.steps.length - 1;
  const { query } = cell.steps[last] as SequenceCell['steps'][number];
  const end = endByNow(run, query);
  // A row that is still ahead will be looked at when its time has come.
  if (end < (run.postings.ends[query] as number)) return true;
  const { places } = run;
  for (let i = 0; i < last; i++) places[i] = UNSEEN;
  places[last] = end;
  return latestFeasible(run, cell, last, Number.POSITIVE_INFINITY, places, end - 1) >= 0;
}

function timeOf({ postings }: CellRun, place: number): number {
  return postings.log.at[postings.rows[place] as number] as number;
}

/** Where the rows end that are before an instant. With a new event that is mostly at the end. */
function endBefore(run: CellRun, from: number, to: number, instant: number): number {
  return from < to && timeOf(run, to - 1) < instant ? to : firstAfter(run, from, to, instant, true);
}

/**
 * The place of the latest feasible row of step i before an instant; -1: none, or only before the place `least`. `places[i]`: where the rows end that
 * were not tried yet, or `~place` of the row that was found last.
 */
function latestFeasible(
  run: CellRun,
  cell: SequenceCell,
  i: number,
  before: number,
  places: number[],
  least: number,
): number {
  const { query, window, withinMs, exclude } = cell.steps[i] as SequenceCell['steps'][number];
  let end = places[i] as number;
  if (end === UNSEEN) end = endByNow(run, query);
  else if (end < 0) {
    end = ~end;
    if (timeOf(run, end) < before) return end;
  }
  // Lists may be made, and moved, below; but not one that is there already.
  const start = Math.max(least, run.postings.starts[query] as number);
  let place = endBefore(run, start, end, before) - 1;
  while (place >= start) {
    const at = timeOf(run, place);
    const left = window === null ? -1 : run.now - windowEnd(at, window, run.zone);
    if (left >= 0) {
      if (left >= slackOf(window)) break;
      place--;
      continue;
    }
    if (i > 0) {
      const previous = latestFeasible(run, cell, i - 1, at, places, 0);
      if (previous < 0) break;
      const previousAt = timeOf(run, previous);
      let latest = at;
      if (withinMs !== null && at - previousAt >= withinMs) latest = previousAt + withinMs - 1;
      else if (exclude >= 0) {
        const first = run.postings.open(exclude);
        const blocker = endBefore(run, first, run.postings.ends[exclude] as number, at) - 1;
        const blocked = blocker < first ? previousAt : timeOf(run, blocker);
        if (blocked > previousAt) latest = blocked;
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
