import { limit } from '../../lib/limits.ts';
import { type Counter, countIn, mergeCounters } from './space-saving.ts';

/** How often an item stood in a basket, and beside what. One stored row an item. */
export interface ItemSummary {
  readonly item: string;
  /** Baskets that held it. */
  readonly baskets: number;
  readonly beside: readonly Counter[];
}

/** The row that counts all baskets; no item has this id. */
export const ALL_BASKETS = '';

export interface CoOccurrenceSetting {
  /** Counters per item. As long as an item stood beside no more others than that, its counts are exact. */
  readonly counters: number;
}

interface Held {
  baskets: number;
  readonly beside: Counter[];
}

/**
 * What is viewed or bought together, counted basket by basket (a session's views; an order). One space of memory an item (see `space-saving.ts`):
 * with m counters, a count is too high by at most n / m, where n is the number of pairs that the item was in; each counter tells
 * by how much at most. `count - error` was really seen.
 */
export class CoOccurrence {
  readonly #counters: number;
  readonly #items = new Map<string, Held>();
  readonly #changed = new Set<string>();

  constructor(
    setting: CoOccurrenceSetting = { counters: limit('coOccurrenceCounters') },
    rows: Iterable<ItemSummary> = [],
  ) {
    this.#counters = setting.counters;
    for (const { item, baskets, beside } of rows)
      this.#items.set(item, { baskets, beside: beside.map((of) => ({ ...of })) });
  }

  get size(): number {
    return this.#items.size - (this.#items.has(ALL_BASKETS) ? 1 : 0);
  }

  /**
   * `fresh`: items that the basket has got since it was last counted; `earlier`: what it held before. Repeats count once. Of each only the
   * last `basketItems` count: a wholesale order of 500 lines says little about any pair of them.
   */
  add(fresh: readonly string[], earlier: readonly string[] = []): void {
    if (fresh.length > 0 && earlier.length === 0) this.#held(ALL_BASKETS).baskets++;
    const before = new Set(earlier.slice(-limit('basketItems')));
    const added = [...new Set(fresh)].filter((item) => !before.has(item)).slice(-limit('basketItems'));
    for (const [i, item] of added.entries()) {
      this.#held(item).baskets++;
      for (const other of before) this.#pair(item, other);
      for (let j = 0; j < i; j++) this.#pair(item, added[j] as string);
    }
  }

  get(item: string): ItemSummary | null {
    const held = this.#items.get(item);
    return held ? { item, baskets: held.baskets, beside: held.beside } : null;
  }

  /** Ascending by item, all baskets first. */
  rows(): readonly ItemSummary[] {
    return [...this.#items.keys()].sort().map((item) => this.get(item) as ItemSummary);
  }

  /** Rows that differ from what was loaded or last taken: what a queue consumer has to store. */
  takeChanged(): readonly ItemSummary[] {
    const changed = [...this.#changed].sort().map((item) => this.get(item) ?? { item, baskets: 0, beside: [] });
    this.#changed.clear();
    return changed;
  }

  /** Adds what was counted elsewhere, of other baskets. The bound holds for the sum; exact counts stay exact while they fit. */
  merge(other: Iterable<ItemSummary>): void {
    for (const { item, baskets, beside } of other) {
      const held = this.#held(item);
      held.baskets += baskets;
      held.beside.splice(0, held.beside.length, ...mergeCounters(held.beside, beside, this.#counters));
    }
  }

  /** Halves all counts: called once a half-life, so that last year's baskets do not outweigh this month's. Counts of one end. */
  halve(): void {
    for (const [item, held] of this.#items) {
      held.baskets >>= 1;
      const kept = held.beside.flatMap(({ item: other, count, error }) =>
        count < 2 ? [] : [{ item: other, count: count >> 1, error: Math.min(count >> 1, (error + 1) >> 1) }],
      );
      held.beside.splice(0, held.beside.length, ...kept);
      if (held.baskets === 0 && kept.length === 0) this.#items.delete(item);
      this.#changed.add(item);
    }
  }

  /** Forgets items that are gone from the catalogue, also as neighbours. Of what takes their place only `count - error` holds. */
  keep(isKnown: (item: string) => boolean): void {
    for (const [item, held] of this.#items) {
      if (item === ALL_BASKETS) continue;
      const kept = held.beside.filter((counter) => isKnown(counter.item));
      if (isKnown(item) && kept.length === held.beside.length) continue;
      this.#changed.add(item);
      if (isKnown(item)) held.beside.splice(0, held.beside.length, ...kept);
      else this.#items.delete(item);
    }
  }

  #pair(a: string, b: string): void {
    countIn(this.#held(a).beside, b, this.#counters);
    countIn(this.#held(b).beside, a, this.#counters);
  }

  #held(item: string): Held {
    this.#changed.add(item);
    let held = this.#items.get(item);
    if (!held) {
      held = { baskets: 0, beside: [] };
      this.#items.set(item, held);
    }
    return held;
  }
}
