/**
 * What is left of events that are no longer kept in full: for each query, strand and day how many there were, and sums of columns. Parallel
 * lists, one bucket a place, without order.
 */
export interface Folded {
  /** `Program.queryHash` of the queries. Under another one the buckets mean nothing: rebuild from facts. */
  readonly queryHash: string;
  /** The latest instant of a folded event. */
  until: number;
  readonly query: number[];
  /** Of the sum; COUNTED: the value is the number of events. */
  readonly column: number[];
  readonly strand: number[];
  /** Days since 1970 in UTC. */
  readonly day: number[];
  readonly value: number[];
}

export const COUNTED = -1;
export const DAY_MS = 86_400_000;

export function createFolded(queryHash: string): Folded {
  return {
    queryHash,
    until: Number.NEGATIVE_INFINITY,
    query: [],
    column: [],
    strand: [],
    day: [],
    value: [],
  };
}

/** The lists that hold whole numbers. */
export function foldedKeys(folded: Folded): readonly number[][] {
  return [folded.query, folded.column, folded.strand, folded.day];
}

export function removeFoldedStrand(folded: Folded, strand: number): void {
  const lists = [...foldedKeys(folded), folded.value];
  const kept = folded.strand.flatMap((of, i) => (of === strand ? [] : [i]));
  for (const list of lists) {
    const values = kept.map((i) => list[i] as number);
    list.length = 0;
    for (const value of values) list.push(value);
  }
}
