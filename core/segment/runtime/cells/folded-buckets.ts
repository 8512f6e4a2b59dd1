import type { PurposeMask } from '../../../policy/purposes.ts';
import { COUNTED, DAY_MS, type Folded } from '../log/folded.ts';
import type { DispatchPlan } from '../resident/dispatch-plan.ts';

/** Buckets of one query and column, by day. */
interface BucketList {
  /** First instants of the days, rising. */
  readonly starts: number[];
  readonly values: number[];
}

/** Folded events as one profile's cells see them. Keys are `query:column`. */
export type FoldedBuckets = ReadonlyMap<string, BucketList>;

const NONE: BucketList = { starts: [], values: [] };

/** Leaves out strands that withdrew a purpose of the query. Null: nothing is folded, or under other queries. */
export function createFoldedBuckets(
  folded: Folded | null,
  queryHash: string,
  { queries }: DispatchPlan,
  withdrawn: (strand: number) => PurposeMask,
): FoldedBuckets | null {
  if (folded === null || folded.queryHash !== queryHash) return null;
  const lists = new Map<string, BucketList>();
  const order = folded.day.map((_, i) => i).sort((a, b) => (folded.day[a] as number) - (folded.day[b] as number));
  for (const i of order) {
    const query = folded.query[i] as number;
    if ((withdrawn(folded.strand[i] as number) & (queries.purposes[query] ?? 0)) !== 0) continue;
    const key = `${query}:${folded.column[i]}`;
    const list = lists.get(key) ?? { starts: [], values: [] };
    lists.set(key, list);
    list.starts.push((folded.day[i] as number) * DAY_MS);
    list.values.push(folded.value[i] as number);
  }
  return lists;
}

export function bucketsOf(folded: FoldedBuckets, query: number, column = COUNTED): BucketList {
  return folded.get(`${query}:${column}`) ?? NONE;
}
