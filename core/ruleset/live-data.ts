import type { Surroundings } from '../model/recommend/candidates.ts';
import { type Catalogue, openCatalogue } from '../model/recommend/catalogue.ts';
import type { CataloguePart } from '../model/recommend/catalogue-part.ts';
import type { Item } from '../model/recommend/item.ts';
import { type Neighbours, openNeighbours } from '../model/recommend/neighbours.ts';
import type { NeighbourKind, NeighboursPart } from '../model/recommend/neighbours-part.ts';
import { openPopular, type Popular } from '../model/recommend/popular.ts';
import { type PopularPart, scopeKey } from '../model/recommend/popular-part.ts';
import { shardOf } from '../model/recommend/shards.ts';
import { type DataFamily, familyOf, partsOf } from './data-parts.ts';
import type { ManifestParts } from './manifest.ts';

/** One shard, ready to be asked. */
export type OpenedPart =
  | { readonly is: 'catalogue'; readonly shard: Catalogue }
  | { readonly is: 'neighbours'; readonly shard: Neighbours }
  | { readonly is: 'popularity'; readonly shard: Popular };

/** Null: it is not of a form that this code reads, or not one that recommenders ask. */
export function openDataPart(name: string, part: unknown): OpenedPart | null {
  const family = familyOf(name);
  if (family === null || family === 'bandit' || name === 'catalogue') return null;
  if (family === 'catalogue') {
    const opened = openCatalogue([part as CataloguePart]);
    return opened.ok ? { is: 'catalogue', shard: opened.value } : null;
  }
  if (family === 'popularity') {
    const opened = openPopular([part as PopularPart]);
    return opened.ok ? { is: 'popularity', shard: opened.value } : null;
  }
  const opened = openNeighbours([part as NeighboursPart]);
  return opened.ok ? { is: 'neighbours', shard: opened.value } : null;
}

/** What is in memory of a part, by its hash; null: it is not there (yet). */
export type PeekPart = (hash: string) => OpenedPart | null;

/**
 * What recommenders ask, over the shards that a manifest names. Shards come into memory when they are first needed, and may leave it again: of one that is not
 * there nothing is found.
 */
export function createLiveData(parts: ManifestParts, peek: PeekPart): Surroundings {
  return {
    catalogue: new ShardedCatalogue(shardsOf(parts, 'catalogue'), peek),
    neighbours: neighboursOver(parts, peek),
    popular: popularOver(shardsOf(parts, 'popularity'), peek),
  };
}

/** Hashes by shard. */
function shardsOf(parts: ManifestParts, family: DataFamily): readonly string[] {
  const hashes: string[] = [];
  for (const [name, hash] of Object.entries(partsOf(parts, family)))
    if (name !== family) hashes[Number(name.slice(family.length + 1))] = hash;
  return hashes;
}

class ShardedCatalogue implements Catalogue {
  readonly #shards: readonly string[];
  readonly #peek: PeekPart;

  constructor(shards: readonly string[], peek: PeekPart) {
    this.#shards = shards;
    this.#peek = peek;
  }

  get currency(): string {
    return this.#opened()[0]?.currency ?? '';
  }

  get size(): number {
    return this.#opened().reduce((sum, { size }) => sum + size, 0);
  }

  get(id: string): Item | null {
    const hash = this.#shards[shardOf(id, this.#shards.length)];
    const opened = hash === undefined ? null : this.#peek(hash);
    return opened?.is === 'catalogue' ? opened.shard.get(id) : null;
  }

  *items(): IterableIterator<Item> {
    for (const shard of this.#opened()) yield* shard.items();
  }

  inCategory(key: string): readonly string[] {
    return this.#opened()
      .flatMap((shard) => shard.inCategory(key))
      .sort();
  }

  #opened(): readonly Catalogue[] {
    return this.#shards.flatMap((hash) => {
      const opened = this.#peek(hash);
      return opened?.is === 'catalogue' ? [opened.shard] : [];
    });
  }
}

function neighboursOver(parts: ManifestParts, peek: PeekPart): Neighbours {
  const byKind: Readonly<Record<NeighbourKind, readonly string[]>> = {
    viewed: shardsOf(parts, 'neighbours/viewed'),
    bought: shardsOf(parts, 'neighbours/bought'),
    similar: shardsOf(parts, 'neighbours/similar'),
  };
  return {
    of(kind, item) {
      const shards = byKind[kind];
      const hash = shards[shardOf(item, shards.length)];
      const opened = hash === undefined ? null : peek(hash);
      return opened?.is === 'neighbours' ? opened.shard.of(kind, item) : [];
    },
  };
}

function popularOver(shards: readonly string[], peek: PeekPart): Popular {
  return {
    list(list, scope) {
      const hash = shards[shardOf(scopeKey(list, scope), shards.length)];
      const opened = hash === undefined ? null : peek(hash);
      return opened?.is === 'popularity' ? opened.shard.list(list, scope) : [];
    },
  };
}
