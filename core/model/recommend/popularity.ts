import type { Instant } from '../../lib/ids.ts';
import { HOUR_MS } from '../../lib/instant.ts';
import { compareText } from './shards.ts';

/** What is counted of an item. */
export const POPULAR_COUNTS = ['viewed', 'bought'] as const;
export type PopularCount = (typeof POPULAR_COUNTS)[number];

/** How often an item was viewed or bought within one bucket of time. One stored row; rows of the same key are added. */
export interface PopularityRow {
  readonly item: string;
  readonly counted: PopularCount;
  /** Whole buckets since 1970. */
  readonly bucket: number;
  readonly count: number;
}

/** Six hours: fine enough for what trends within a day, and at most four rows an item and day. */
export const POPULARITY_BUCKET_MS = 6 * HOUR_MS;

/**
 * Counts per item and bucket of time, as whole numbers. Decay happens when they are read: so counts from several places add up exactly, in
 * any order, and the half-life is no part of what is stored.
 */
export class Popularity {
  readonly #items = new Map<string, Map<number, number>>();

  constructor(rows: Iterable<PopularityRow> = []) {
    this.merge(rows);
  }

  add(item: string, counted: PopularCount, at: Instant, count = 1): void {
    this.#add(item, counted, Math.floor(at / POPULARITY_BUCKET_MS), count);
  }

  merge(rows: Iterable<PopularityRow>): void {
    for (const { item, counted, bucket, count } of rows) this.#add(item, counted, bucket, count);
  }

  items(): Iterable<string> {
    return this.#items.keys();
  }

  /** Ascending by item, then by time. */
  rows(): readonly PopularityRow[] {
    return [...this.#items]
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([item, cells]) =>
        [...cells].sort(([a], [b]) => a - b).map(([cell, count]) => ({ item, ...readCell(cell), count })),
      );
  }

  /** Forgets buckets that began before. After ten half-lives a count weighs a thousandth. */
  prune(before: Instant): void {
    for (const [item, cells] of this.#items) {
      for (const cell of cells.keys()) if (readCell(cell).bucket * POPULARITY_BUCKET_MS < before) cells.delete(cell);
      if (cells.size === 0) this.#items.delete(item);
    }
  }

  /** Sum of what was counted until now, each halved for every half-life since its bucket began. */
  score(item: string, counted: PopularCount, now: Instant, halfLifeMs: number): number {
    let sum = 0;
    for (const [cell, count] of this.#items.get(item) ?? []) {
      const of = readCell(cell);
      const ageMs = now - of.bucket * POPULARITY_BUCKET_MS;
      if (of.counted === counted && ageMs >= 0) sum += count * 2 ** (-ageMs / halfLifeMs);
    }
    return sum;
  }

  #add(item: string, counted: PopularCount, bucket: number, count: number): void {
    const cells = this.#items.get(item) ?? new Map<number, number>();
    const cell = bucket * POPULAR_COUNTS.length + POPULAR_COUNTS.indexOf(counted);
    cells.set(cell, (cells.get(cell) ?? 0) + count);
    this.#items.set(item, cells);
  }
}

function readCell(cell: number): { readonly counted: PopularCount; readonly bucket: number } {
  const bucket = Math.floor(cell / POPULAR_COUNTS.length);
  return { counted: POPULAR_COUNTS[cell - bucket * POPULAR_COUNTS.length] ?? 'viewed', bucket };
}
