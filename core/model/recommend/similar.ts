import { limit } from '../../lib/limits.ts';
import { featuresOf } from './features.ts';
import type { Item } from './item.ts';
import type { Neighbour } from './neighbours-part.ts';
import { compareText } from './shards.ts';

/** Others that are looked at for one item: those that share its rarest traits. */
const MAX_CANDIDATES = 400;

/**
 * Which items are alike by what they are: cosine of TF-IDF vectors (Salton, Buckley: Term-weighting approaches in automatic text retrieval, 1988) over the traits
 * of `featuresOf`, so that a rare common trait counts more than a frequent one. Holds traits as numbers, not the items, so a catalogue can
 * stream in. Candidates come from the rarest traits first and their number is bounded; among candidates the cosine is exact.
 */
export class SimilarItems {
  readonly #ids: string[] = [];
  readonly #groups: (string | null)[] = [];
  readonly #vectors: Int32Array[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #weights: number[] = [];
  readonly #having: number[][] = [];

  /** Each id once. */
  add(item: Item): void {
    const position = this.#ids.length;
    this.#ids.push(item.id);
    this.#groups.push(item.groupId);
    const vector = featuresOf(item).map(({ key, weight }) => {
      const number = this.#numbers.get(key) ?? this.#numbers.size;
      if (number === this.#numbers.size) {
        this.#numbers.set(key, number);
        this.#weights.push(weight);
        this.#having.push([]);
      }
      this.#having[number]?.push(position);
      return number;
    });
    this.#vectors.push(Int32Array.from(vector));
  }

  /** For every item its likest others, likest first, ties by id. Variants of the same product are not offered as alike. */
  *lists(
    size: number = limit('neighboursPerItem'),
  ): Generator<readonly [item: string, neighbours: readonly Neighbour[]]> {
    const squares = this.#weights.map((weight, number) => (weight * this.#rarity(number)) ** 2);
    const lengths = this.#vectors.map((vector) =>
      Math.sqrt(vector.reduce((sum, number) => sum + (squares[number] ?? 0), 0)),
    );
    for (const [position, vector] of this.#vectors.entries()) {
      const candidates = this.#candidates(position, vector);
      const own = new Set(vector);
      const found: Neighbour[] = [];
      for (const other of candidates) {
        let product = 0;
        for (const number of this.#vectors[other] ?? []) if (own.has(number)) product += squares[number] ?? 0;
        const score = product / ((lengths[position] ?? 0) * (lengths[other] ?? 0));
        if (score > 0) found.push({ item: this.#ids[other] as string, score: Math.min(1, score) });
      }
      found.sort((a, b) => b.score - a.score || compareText(a.item, b.item));
      yield [this.#ids[position] as string, found.slice(0, size)];
    }
  }

  /** Smoothed inverse document frequency: never 0, so that a catalogue of two has an order too. */
  #rarity(number: number): number {
    return Math.log(1 + this.#ids.length / (this.#having[number]?.length ?? 1));
  }

  #candidates(position: number, vector: Int32Array): ReadonlySet<number> {
    const group = this.#groups[position];
    const rarestFirst = [...vector].sort(
      (a, b) => (this.#having[a]?.length ?? 0) - (this.#having[b]?.length ?? 0) || a - b,
    );
    const candidates = new Set<number>();
    for (const number of rarestFirst) {
      const having = this.#having[number] ?? [];
      // Not from the first on: else the same few would be the candidates of everybody with a frequent trait.
      const from = firstNotBelow(having, position);
      for (let i = 1; i < having.length; i++) {
        if (candidates.size >= MAX_CANDIDATES) return candidates;
        const other = having[(from + i) % having.length] as number;
        if (other !== position && (group === null || this.#groups[other] !== group)) candidates.add(other);
      }
    }
    return candidates;
  }
}

function firstNotBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
