import { passes } from './passes.ts';
import type { RowPlaces } from './row-places.ts';
import { NO_QUERY, QUERY, type ScanPlan, SEQUENCE, STEP } from './scan-plan.ts';

/**
 * As `evaluateSequence`: a row of a step is feasible if the latest feasible row before it of the step before is. The instants before which rows are looked
 * for only fall, so every group is walked once.
 */
export function scanSequence(places: RowPlaces, plan: ScanPlan, sequence: number): boolean {
  const { cursors, ends, starts, firsts, rows } = places;
  const { sequences, steps, queries } = plan;
  const start = sequences[sequence + SEQUENCE.start] as number;
  const last = (sequences[sequence + SEQUENCE.end] as number) - 1;
  for (let step = start, at = 0; step <= last; step++, at += 3) {
    const record = STEP.width * step;
    const end = ends[queries[steps[record + STEP.query] as number] as number] as number;
    if (end <= (firsts[steps[record + STEP.first] as number] as number)) return false;
    cursors[at] = end - 1;
    cursors[at + 1] = 0;
    const exclude = steps[record + STEP.exclude] as number;
    if (exclude !== NO_QUERY) cursors[at + 2] = (ends[queries[exclude] as number] as number) - 1;
  }
  const row = latestFeasible(places, plan, start, last, Number.POSITIVE_INFINITY);
  const exclude = sequences[sequence + SEQUENCE.exclude] as number;
  if (row < 0 || exclude === NO_QUERY) return row >= 0;
  const { at } = places.log;
  const group = queries[exclude] as number;
  const first = starts[group] as number;
  const blocker = lastMatch(places, plan, exclude, (ends[group] as number) - 1, first);
  return blocker < first || (at[rows[blocker] as number] as number) <= (at[row] as number);
}

/** The last place up to this one that passes; if it is below `first`, there is none from `first` on. */
function lastMatch(places: RowPlaces, plan: ScanPlan, query: number, place: number, first: number): number {
  const { queries } = plan;
  const onLiterals = queries[query + QUERY.literals] as number;
  const onNumbers = queries[query + QUERY.numbers] as number;
  let at = place;
  if (onLiterals === 1 && onNumbers === 0) {
    const { literals, room } = places;
    const { masks } = plan;
    const column = (queries[query + QUERY.tests] as number) * room;
    const mask = queries[query + QUERY.tests + 1] as number;
    for (; at >= first; at--) {
      const literal = literals[column + at] as number;
      if ((((masks[mask + (literal >> 5)] as number) >>> literal) & 1) !== 0) break;
    }
  } else if (onNumbers === 1 && onLiterals === 0) {
    const { numbers, room } = places;
    const column = (queries[query + QUERY.tests] as number) * room;
    const range = queries[query + QUERY.tests + 1] as number;
    const low = plan.ranges[range] as number;
    const high = plan.ranges[range + 1] as number;
    while (at >= first && !((numbers[column + at] as number) >= low && (numbers[column + at] as number) <= high)) at--;
  } else if (onLiterals + onNumbers > 0) while (at >= first && !passes(places, plan, query, at)) at--;
  return at;
}

/**
 * The latest feasible row of a step of the sequence that begins with the step `start`, before the row `bound`, the first one of an instant; below 0: none. In
 * `cursors`, by step: the place it has come to, whether that one is feasible, and to which place those that must not be there have come.
 */
function latestFeasible(places: RowPlaces, plan: ScanPlan, start: number, step: number, bound: number): number {
  const { cursors, rows } = places;
  const { steps } = plan;
  const { at } = places.log;
  const cursor = 3 * (step - start);
  const query = steps[STEP.width * step + STEP.query] as number;
  const first = places.firsts[steps[STEP.width * step + STEP.first] as number] as number;
  let place = cursors[cursor] as number;
  if (place < first) return -1;
  let row = rows[place] as number;
  if (row < bound && cursors[cursor + 1] === 1) return row;
  while (place >= first && (rows[place] as number) >= bound) place--;
  place = lastMatch(places, plan, query, place, first);
  row = place < first ? -1 : (rows[place] as number);
  while (step > start && place >= first) {
    row = rows[place] as number;
    const time = at[row] as number;
    // What happens at the same instant is neither before nor between.
    let since = row;
    while (since > 0 && at[since - 1] === time) since--;
    const previous = latestFeasible(places, plan, start, step - 1, since);
    if (previous < 0) {
      place = -1;
      row = -1;
      break;
    }
    const previousAt = at[previous] as number;
    const gap = plan.gaps[step] as number;
    const exclude = steps[STEP.width * step + STEP.exclude] as number;
    let latest = time;
    if (time - previousAt >= gap) latest = previousAt + gap - 1;
    else if (exclude !== NO_QUERY) {
      const blockedAt = lastExcluded(places, plan, exclude, cursor + 2, since);
      if (blockedAt > previousAt) latest = blockedAt;
    }
    if (latest === time) break;
    // Whatever is too far from the step before, or behind what must not be there, stays so.
    do place--;
    while (place >= first && (at[rows[place] as number] as number) > latest);
    place = lastMatch(places, plan, query, place, first);
    row = -1;
  }
  cursors[cursor] = place;
  cursors[cursor + 1] = 1;
  return row;
}

/** The time of the last excluded row before the row `bound`; −∞: there is none. */
function lastExcluded(places: RowPlaces, plan: ScanPlan, exclude: number, cursor: number, bound: number): number {
  const { cursors, rows } = places;
  const first = places.starts[plan.queries[exclude] as number] as number;
  let place = cursors[cursor] as number;
  while (place >= first && (rows[place] as number) >= bound) place--;
  place = lastMatch(places, plan, exclude, place, first);
  cursors[cursor] = place;
  return place < first ? Number.NEGATIVE_INFINITY : (places.log.at[rows[place] as number] as number);
}
