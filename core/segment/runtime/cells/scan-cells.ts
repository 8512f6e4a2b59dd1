import { passes } from './passes.ts';
import type { RowPlaces } from './row-places.ts';
import { COUNT, QUERY, type ScanPlan, SEQUENCE, STEP, SUM } from './scan-plan.ts';
import { scanSequence } from './scan-sequence.ts';

/** What rows alone cannot answer. */
export const UNSCANNED = -1;

/**
 * Writes the truth of every cell that the plan scans: 1 true, 0 false; UNSCANNED: ask the posting lists, as older events were folded, or a window is ragged. It does not learn
 * when the truth may differ. Loops without branches: what is in a row cannot be foreseen.
 */
export function scanCells(places: RowPlaces, plan: ScanPlan, truths: Int8Array): void {
  const { counts, sums, bounds, sequences } = plan;
  if (places.log.folded !== null) {
    for (let at = 0; at < counts.length; at += COUNT.width) truths[counts[at] as number] = UNSCANNED;
    for (let at = 0; at < sums.length; at += SUM.width) truths[sums[at] as number] = UNSCANNED;
  } else {
    for (let at = 0; at < counts.length; at += COUNT.width)
      truths[counts[at] as number] = hasEnough(places, plan, at) ? 1 : 0;
    for (let sum = 0, at = 0; sum < bounds.length; sum++, at += SUM.width) {
      const total = totalOf(places, plan, at);
      const bound = bounds[sum] as number;
      truths[sums[at] as number] = total > bound || (total === bound && sums[at + SUM.orEqual] === 1) ? 1 : 0;
    }
  }
  for (let at = 0; at < sequences.length; at += SEQUENCE.width)
    truths[sequences[at] as number] = scanSequence(places, plan, at) ? 1 : 0;
  if (places.isRagged) leaveRagged(places, plan, truths);
}

/** What is inside of a ragged window is no stretch of rows. */
function leaveRagged({ ragged }: RowPlaces, plan: ScanPlan, truths: Int8Array): void {
  const { counts, sums, sequences, steps, windows } = plan;
  const isRagged = (first: number | undefined) => ragged[(first as number) % windows.length] === 1;
  for (let at = 0; at < counts.length; at += COUNT.width)
    if (isRagged(counts[at + COUNT.first])) truths[counts[at] as number] = UNSCANNED;
  for (let at = 0; at < sums.length; at += SUM.width)
    if (isRagged(sums[at + SUM.first])) truths[sums[at] as number] = UNSCANNED;
  for (let at = 0; at < sequences.length; at += SEQUENCE.width) {
    const end = sequences[at + SEQUENCE.end] as number;
    for (let step = sequences[at + SEQUENCE.start] as number; step < end; step++)
      if (isRagged(steps[STEP.width * step + STEP.first])) truths[sequences[at] as number] = UNSCANNED;
  }
}

function hasEnough(places: RowPlaces, plan: ScanPlan, count: number): boolean {
  const { room, literals, numbers, firsts, ends } = places;
  const { counts, queries, masks, ranges } = plan;
  const query = counts[count + COUNT.query] as number;
  const first = firsts[counts[count + COUNT.first] as number] as number;
  const end = ends[queries[query] as number] as number;
  let missing = counts[count + COUNT.n] as number;
  if (end - first < missing) return false;
  const onLiterals = queries[query + QUERY.literals] as number;
  const onNumbers = queries[query + QUERY.numbers] as number;
  if (onLiterals + onNumbers === 0) return true;
  const test = query + QUERY.tests;
  if (onLiterals > 1 || onNumbers > 1) {
    for (let i = first; i < end; i++) if (passes(places, plan, query, i)) missing--;
    return missing <= 0;
  }
  const column = (queries[test] as number) * room;
  const mask = queries[test + 1] as number;
  if (onNumbers === 0) {
    for (let i = first; i < end; i++) {
      const literal = literals[column + i] as number;
      missing -= ((masks[mask + (literal >> 5)] as number) >>> literal) & 1;
    }
    return missing <= 0;
  }
  const range = test + 2 * onLiterals;
  const numberColumn = (queries[range] as number) * room;
  const low = ranges[queries[range + 1] as number] as number;
  const high = ranges[(queries[range + 1] as number) + 1] as number;
  if (onLiterals === 0) {
    for (let i = first; i < end; i++) {
      const number = numbers[numberColumn + i] as number;
      missing -= Number(number >= low) & Number(number <= high);
    }
    return missing <= 0;
  }
  for (let i = first; i < end; i++) {
    const literal = literals[column + i] as number;
    const number = numbers[numberColumn + i] as number;
    missing -= ((masks[mask + (literal >> 5)] as number) >>> literal) & Number(number >= low) & Number(number <= high);
  }
  return missing <= 0;
}

/** Rounding depends on the order of adding, which is that of time. */
function totalOf(places: RowPlaces, plan: ScanPlan, sum: number): number {
  const { room, literals, amounts, firsts, ends } = places;
  const { sums, queries, masks } = plan;
  const query = sums[sum + SUM.query] as number;
  const first = firsts[sums[sum + SUM.first] as number] as number;
  const end = ends[queries[query] as number] as number;
  const from = (sums[sum + SUM.amounts] as number) * room;
  const onLiterals = queries[query + QUERY.literals] as number;
  const onNumbers = queries[query + QUERY.numbers] as number;
  let total = 0;
  if (onLiterals + onNumbers === 0) for (let i = first; i < end; i++) total += amounts[from + i] as number;
  else if (onLiterals === 1 && onNumbers === 0) {
    const column = (queries[query + QUERY.tests] as number) * room;
    const mask = queries[query + QUERY.tests + 1] as number;
    for (let i = first; i < end; i++) {
      const literal = literals[column + i] as number;
      if ((((masks[mask + (literal >> 5)] as number) >>> literal) & 1) !== 0) total += amounts[from + i] as number;
    }
  } else for (let i = first; i < end; i++) if (passes(places, plan, query, i)) total += amounts[from + i] as number;
  return total;
}
