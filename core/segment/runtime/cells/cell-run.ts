import type { ZoneTable } from '../program.ts';
import type { Postings } from '../resident/postings.ts';
import type { CellPlan } from './cell-plan.ts';
import type { FoldedBuckets } from './folded-buckets.ts';

/** What cells that look at rows need of the profile. */
export interface CellRun {
  readonly plan: CellPlan;
  readonly zone: ZoneTable;
  readonly postings: Postings;
  /** Null: no event was folded. */
  readonly folded: FoldedBuckets | null;
  now: number;
  /** Out: the first later instant at which the cell that was evaluated last may differ. */
  cellUntil: number;
  /** Room for the steps of a sequence. */
  readonly places: number[];
  /** Per sum: places in its list, counted from the list's start, and what they add up to. */
  readonly sumHeads: Int32Array;
  readonly sumEnds: Int32Array;
  readonly sumTotals: Float64Array;
  /** Per sum: 1 if a negative number was added since it was 0. */
  readonly sumSigned: Uint8Array;
}

/** Where the rows of a list that happened by now end. Few are ahead. Makes the list if need be. */
export function endByNow({ postings, now }: CellRun, query: number): number {
  const start = postings.open(query);
  const { rows, log } = postings;
  let end = postings.ends[query] as number;
  while (end > start && (log.at[rows[end - 1] as number] as number) > now) end--;
  return end;
}

/** When the row at this place of the list happens; Infinity behind the last one. */
export function timeAhead({ postings }: CellRun, query: number, end: number): number {
  if (end === postings.ends[query]) return Number.POSITIVE_INFINITY;
  return postings.log.at[postings.rows[end] as number] as number;
}

/** The first place in [from, to) whose row's time is above (or, `orEqual`, not below) the instant. */
export function firstAfter({ postings }: CellRun, from: number, to: number, instant: number, orEqual: boolean): number {
  const { rows, log } = postings;
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = log.at[rows[middle] as number] as number;
    if (at > instant || (orEqual && at === instant)) high = middle;
    else low = middle + 1;
  }
  return low;
}
