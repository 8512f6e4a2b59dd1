import { err, ok, type Result } from '../../lib/result.ts';
import type { CataloguePart } from './catalogue-part.ts';
import { categoryKey, categoryKeys } from './category.ts';
import { AVAILABILITIES, type Item } from './item.ts';
import { compareText, positionIn, shardOf } from './shards.ts';

/** A catalogue as it is looked up: from all its shards, or from those that are at hand (what lies in the others is not found). */
export interface Catalogue {
  /** ISO 4217, of every price. Empty: no items. */
  readonly currency: string;
  readonly size: number;
  /** Made anew at each call from the columns: keep it no longer than the request. */
  get(id: string): Item | null;
  /** In the order of shards, then of ids. */
  items(): IterableIterator<Item>;
  /** Ids of all items in the category (`Women > Knitwear`) or inside it, ascending. The first call makes an index over all items. */
  inCategory(key: string): readonly string[];
}

/** Opens parts. The error says why they are not of one catalogue. */
export function openCatalogue(parts: readonly CataloguePart[]): Result<Catalogue, string> {
  const shards = new Map<number, Shard>();
  const first = parts[0];
  for (const part of parts) {
    if (part.format !== 1) return err(`catalogue part of format ${String(part.format)}, this code reads 1`);
    if (first && (part.shards !== first.shards || part.currency !== first.currency))
      return err('catalogue parts of different catalogues');
    if (part.shard >= part.shards || shards.has(part.shard)) return err(`catalogue shard ${part.shard} is there twice`);
    shards.set(part.shard, new Shard(part));
  }
  return ok(new OpenCatalogue([...shards.values()], shards, first?.shards ?? 1, first?.currency ?? ''));
}

class OpenCatalogue implements Catalogue {
  readonly currency: string;
  readonly size: number;
  readonly #inOrder: readonly Shard[];
  readonly #shards: ReadonlyMap<number, Shard>;
  readonly #count: number;
  #categories: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(inOrder: readonly Shard[], shards: ReadonlyMap<number, Shard>, count: number, currency: string) {
    this.#inOrder = inOrder.toSorted((a, b) => a.part.shard - b.part.shard);
    this.#shards = shards;
    this.#count = count;
    this.currency = currency;
    this.size = inOrder.reduce((total, { part }) => total + part.ids.length, 0);
  }

  get(id: string): Item | null {
    const shard = this.#shards.get(shardOf(id, this.#count));
    const at = shard?.find(id) ?? -1;
    return shard && at >= 0 ? shard.item(at) : null;
  }

  *items(): IterableIterator<Item> {
    for (const shard of this.#inOrder) for (let i = 0; i < shard.part.ids.length; i++) yield shard.item(i);
  }

  inCategory(key: string): readonly string[] {
    this.#categories ??= this.#indexCategories();
    return this.#categories.get(key) ?? [];
  }

  #indexCategories(): ReadonlyMap<string, readonly string[]> {
    const index = new Map<string, string[]>();
    for (const { part } of this.#inOrder) {
      const keys = part.categories.map(categoryKeys);
      for (const [i, id] of part.ids.entries()) {
        for (const key of keys[part.category[i] ?? -1] ?? []) {
          const ids = index.get(key);
          if (ids) ids.push(id);
          else index.set(key, [id]);
        }
      }
    }
    for (const ids of index.values()) ids.sort(compareText);
    return index;
  }
}

/** Numbers are held in typed arrays: a catalogue shares its isolate with all objects in it. */
class Shard {
  readonly part: Pick<
    CataloguePart,
    'shard' | 'ids' | 'titles' | 'urlBase' | 'urls' | 'imageBase' | 'images' | 'categories' | 'category'
  > &
    Pick<CataloguePart, 'brands' | 'groups' | 'names' | 'values'>;
  readonly #currency: string;
  readonly #prices: Float64Array;
  readonly #salePrices: Float64Array;
  readonly #availability: Uint8Array;
  readonly #brand: Int32Array;
  readonly #group: Int32Array;
  readonly #attributes: Int32Array;
  readonly #attributeStarts: Int32Array;

  constructor(part: CataloguePart) {
    const { prices, salePrices, availability, brand, group, attributes, attributeStarts, currency, ...texts } = part;
    this.part = texts;
    this.#currency = currency;
    this.#prices = Float64Array.from(prices);
    this.#salePrices = Float64Array.from(salePrices);
    this.#availability = Uint8Array.from(availability);
    this.#brand = Int32Array.from(brand);
    this.#group = Int32Array.from(group);
    this.#attributes = Int32Array.from(attributes);
    this.#attributeStarts = Int32Array.from(attributeStarts);
  }

  /** Ids are in order: no index of them is held. */
  find(id: string): number {
    return positionIn(this.part.ids, id);
  }

  item(at: number): Item {
    const { ids, titles, urlBase, urls, imageBase, images, categories, category, brands, groups } = this.part;
    const image = images[at] ?? null;
    const sale = this.#salePrices[at] ?? -1;
    const currency = this.#currency;
    return {
      id: ids[at] ?? '',
      title: titles[at] ?? '',
      url: urlBase + (urls[at] ?? ''),
      image: image === null ? null : imageBase + image,
      price: { amount: this.#prices[at] ?? 0, currency },
      ...(sale < 0 ? {} : { salePrice: { amount: sale, currency } }),
      availability: AVAILABILITIES[this.#availability[at] ?? -1] ?? 'out_of_stock',
      category: categories[category[at] ?? -1] ?? [],
      brand: brands[this.#brand[at] ?? -1] ?? null,
      attributes: this.#attributesOf(at),
      groupId: groups[this.#group[at] ?? -1] ?? null,
    };
  }

  #attributesOf(at: number): Readonly<Record<string, string>> {
    const own: Record<string, string> = {};
    const end = this.#attributeStarts[at + 1] ?? 0;
    for (let i = this.#attributeStarts[at] ?? 0; i < end; i += 2) {
      own[this.part.names[this.#attributes[i] ?? -1] ?? ''] = this.part.values[this.#attributes[i + 1] ?? -1] ?? '';
    }
    return own;
  }
}

/** Leaf category of an item as one text, or null. */
export function categoryOf(item: Pick<Item, 'category'>): string | null {
  return item.category.length === 0 ? null : categoryKey(item.category);
}
