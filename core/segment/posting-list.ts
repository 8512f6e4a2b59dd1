import type { JsonValue } from '../lib/json.ts';
import { ALL_PURPOSES_MASK, type PurposeMask } from '../policy/purposes.ts';

/** Version of what a list holds and of its binary form. It is part of a program's hash: raise it, and profiles rebuild from facts. */
export const POSTINGS_VERSION = 1;

/**
 * Columns of the events that match one query, in the order of events: time, then event id. Ids are kept only where order can show, in
 * lists with kept values (a sum of doubles depends on it); elsewhere ties stand by strand and purposes, and an id costs no bytes.
 */
export interface PostingList {
  readonly at: number[];
  readonly strand: number[];
  readonly purposes: PurposeMask[];
  /** Tie keys, one per posting; empty when nothing is kept. */
  readonly ids: string[];
  /** One column per kept field: primitives and lists of primitives; null where the event has neither. */
  readonly columns: readonly JsonValue[][];
  /** The purposes that every posting carries: a reader of one of them need not look at each. */
  common: PurposeMask;
}

/** What one profile knows for every query of a program: derived from its facts, changed in place as they come. */
export interface Postings {
  /** By position of the query; null until something matches. */
  readonly lists: (PostingList | null)[];
  /** Strands that have postings, unordered. */
  readonly strands: number[];
}

export interface Posting {
  readonly at: number;
  readonly strand: number;
  readonly purposes: PurposeMask;
  readonly id: string;
  readonly values: readonly JsonValue[];
}

export function createPostingList(columns: number): PostingList {
  return {
    at: [],
    strand: [],
    purposes: [],
    ids: [],
    columns: Array.from({ length: columns }, () => []),
    common: ALL_PURPOSES_MASK,
  };
}

/** Inserts in order; at the end in the usual case. */
export function insertPosting(list: PostingList, posting: Posting): void {
  const { at, strand, purposes, ids, columns } = list;
  list.common &= posting.purposes;
  let place = countUpTo(at, posting.at);
  while (place > 0 && at[place - 1] === posting.at && tieOrder(list, place - 1, posting) > 0) place--;
  if (place === at.length) {
    at.push(posting.at);
    strand.push(posting.strand);
    purposes.push(posting.purposes);
    if (columns.length > 0) ids.push(posting.id);
    for (let c = 0; c < columns.length; c++) (columns[c] as JsonValue[]).push(posting.values[c] as JsonValue);
    return;
  }
  at.splice(place, 0, posting.at);
  strand.splice(place, 0, posting.strand);
  purposes.splice(place, 0, posting.purposes);
  if (columns.length > 0) ids.splice(place, 0, posting.id);
  for (let c = 0; c < columns.length; c++) (columns[c] as JsonValue[]).splice(place, 0, posting.values[c] as JsonValue);
}

function tieOrder(list: PostingList, i: number, posting: Posting): number {
  if (list.columns.length > 0) {
    const id = list.ids[i] as string;
    return id < posting.id ? -1 : id > posting.id ? 1 : 0;
  }
  return (list.strand[i] as number) - posting.strand || (list.purposes[i] as number) - posting.purposes;
}

/** Removes what came through one strand. */
export function removeStrand(list: PostingList, gone: number): void {
  let to = 0;
  list.common = ALL_PURPOSES_MASK;
  for (let i = 0; i < list.at.length; i++) {
    if (list.strand[i] === gone) continue;
    list.common &= list.purposes[i] as number;
    if (to !== i) {
      list.at[to] = list.at[i] as number;
      list.strand[to] = list.strand[i] as number;
      list.purposes[to] = list.purposes[i] as number;
      if (list.ids.length > 0) list.ids[to] = list.ids[i] as string;
      for (const column of list.columns) column[to] = column[i] as JsonValue;
    }
    to++;
  }
  list.at.length = to;
  list.strand.length = to;
  list.purposes.length = to;
  if (list.ids.length > 0) list.ids.length = to;
  for (const column of list.columns) column.length = to;
}

/** How many postings have `at <= instant`. */
export function countUpTo(at: readonly number[], instant: number): number {
  let high = at.length;
  if (high === 0 || (at[high - 1] as number) <= instant) return high;
  let low = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many postings have `at < instant`. */
export function countBefore(at: readonly number[], instant: number): number {
  let high = at.length;
  if (high === 0 || (at[0] as number) >= instant) return 0;
  let low = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
