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
    const squares = Float64Array.from(this.#weights, (weight, number) => (weight * this.#rarity(number)) ** 2);
    const lengths = Float64Array.from(this.#vectors, (vector) => Math.sqrt(total(vector, squares)));
    // Whose trait, whose candidate: marks with the position + 1 of the item at hand need no clearing.
    const trait = new Int32Array(this.#weights.length);
    const asked = new Int32Array(this.#ids.length);
    for (const [position, vector] of this.#vectors.entries()) {
      for (const number of vector) trait[number] = position + 1;
      const found: { readonly other: number; readonly score: number }[] = [];
      for (const other of this.#candidates(position, vector, asked)) {
        let product = 0;
        for (const number of this.#vectors[other] as Int32Array)
          if (trait[number] === position + 1) product += squares[number] as number;
        const score = product / ((lengths[position] as number) * (lengths[other] as number));
        if (score > 0) found.push({ other, score: Math.min(1, score) });
      }
      const idOf = (other: number): string => this.#ids[other] as string;
      found.sort((a, b) => b.score - a.score || compareText(idOf(a.other), idOf(b.other)));
      yield [idOf(position), found.slice(0, size).map(({ other, score }) => ({ item: idOf(other), score }))];
    }
  }

  /** Smoothed inverse document frequency: never 0, so that a catalogue of two has an order too. */
  #rarity(number: number): number {
    return Math.log(1 + this.#ids.length / (this.#having[number]?.length ?? 1));
  }

  #candidates(position: number, vector: Int32Array, asked: Int32Array): readonly number[] {
    const group = this.#groups[position];
    const having = (number: number): readonly number[] => this.#having[number] ?? [];
    const rarestFirst = [...vector].sort((a, b) => having(a).length - having(b).length || a - b);
    const candidates: number[] = [];
    for (const number of rarestFirst) {
      const others = having(number);
      // Not from the first on: else the same few would be the candidates of everybody with a frequent trait.
      const from = firstNotBelow(others, position);
      for (let i = 1; i < others.length; i++) {
        if (candidates.length >= MAX_CANDIDATES) return candidates;
        const other = others[(from + i) % others.length] as number;
        if (asked[other] === position + 1 || (group !== null && this.#groups[other] === group)) continue;
        asked[other] = position + 1;
        candidates.push(other);
      }
    }
    return candidates;
  }
}

function total(vector: Int32Array, squares: Float64Array): number {
  let sum = 0;
  for (const number of vector) sum += squares[number] as number;
  return sum;
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
