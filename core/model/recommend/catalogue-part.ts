import { AVAILABILITIES, type Item } from './item.ts';
import { compareText, jsonBytes, splitIntoShards } from './shards.ts';

/**
 * Part `catalogue/<shard>`: the items whose id falls into the shard, one array a field, in the order of ids. Texts that items share stand
 * once and are named by position; -1: none. The same items give the same bytes.
 */
export interface CataloguePart {
  readonly format: 1;
  readonly shard: number;
  readonly shards: number;
  /** ISO 4217, of every price. Empty: the catalogue holds nothing. */
  readonly currency: string;
  readonly ids: readonly string[];
  readonly titles: readonly string[];
  /** What all URLs of the part begin with; `urls` hold the rest. */
  readonly urlBase: string;
  readonly urls: readonly string[];
  readonly imageBase: string;
  /** Null: no image. */
  readonly images: readonly (string | null)[];
  readonly prices: readonly number[];
  readonly salePrices: readonly number[];
  /** Position in `AVAILABILITIES`. */
  readonly availability: readonly number[];
  readonly categories: readonly (readonly string[])[];
  readonly category: readonly number[];
  readonly brands: readonly string[];
  readonly brand: readonly number[];
  readonly groups: readonly string[];
  readonly group: readonly number[];
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** Name and value by turns; those of item i are from `attributeStarts[i]` to `attributeStarts[i + 1]`. */
  readonly attributes: readonly number[];
  readonly attributeStarts: readonly number[];
}

/** The most that an item can add to a part, in bytes: as a row of its own it is longer than as columns. */
export function itemBytes(item: Item): number {
  return jsonBytes(item) + 14 * Object.keys(item.attributes).length;
}

/** All shards of a catalogue. Of several items with one id the last counts. Throws when currencies differ: the import refuses them. */
export function packCatalogue(items: Iterable<Item>): readonly CataloguePart[] {
  const byId = new Map<string, Item>();
  for (const item of items) byId.set(item.id, item);
  const shards = splitIntoShards(byId.values(), ({ id }) => id, itemBytes);
  const currency = byId.values().next().value?.price.currency ?? '';
  return shards.map((of, shard) => packShard(of, shard, shards.length, currency));
}

/** One shard of a catalogue that is packed piece by piece. `items`: its items in the order of ids, each id once. */
export function packShard(items: readonly Item[], shard: number, shards: number, currency: string): CataloguePart {
  for (const { id, price, salePrice } of items) {
    if (price.currency !== currency || (salePrice && salePrice.currency !== currency))
      throw new Error(`${id} is not priced in ${currency}`);
  }
  const categories = dictionary(items.map(({ category }) => JSON.stringify(category)));
  const brands = dictionary(items.flatMap(({ brand }) => brand ?? []));
  const groups = dictionary(items.flatMap(({ groupId }) => groupId ?? []));
  const names = dictionary(items.flatMap(({ attributes }) => Object.keys(attributes)));
  const values = dictionary(items.flatMap(({ attributes }) => Object.values(attributes)));
  const urlBase = commonStart(items.map(({ url }) => url));
  const imageBase = commonStart(items.flatMap(({ image }) => image ?? []));
  const attributes: number[] = [];
  const attributeStarts = [0];
  for (const item of items) {
    const own = Object.entries(item.attributes).sort(([a], [b]) => compareText(a, b));
    for (const [name, value] of own) attributes.push(names.at(name), values.at(value));
    attributeStarts.push(attributes.length);
  }
  return {
    format: 1,
    shard,
    shards,
    currency,
    ids: items.map(({ id }) => id),
    titles: items.map(({ title }) => title),
    urlBase,
    urls: items.map(({ url }) => url.slice(urlBase.length)),
    imageBase,
    images: items.map(({ image }) => image?.slice(imageBase.length) ?? null),
    prices: items.map(({ price }) => price.amount),
    salePrices: items.map(({ salePrice }) => salePrice?.amount ?? -1),
    availability: items.map(({ availability }) => AVAILABILITIES.indexOf(availability)),
    categories: categories.entries.map((text) => JSON.parse(text) as string[]),
    category: items.map(({ category }) => categories.at(JSON.stringify(category))),
    brands: brands.entries,
    brand: items.map(({ brand }) => (brand === null ? -1 : brands.at(brand))),
    groups: groups.entries,
    group: items.map(({ groupId }) => (groupId === null ? -1 : groups.at(groupId))),
    names: names.entries,
    values: values.entries,
    attributes,
    attributeStarts,
  };
}

function dictionary(texts: Iterable<string>): { readonly entries: readonly string[]; at(text: string): number } {
  const entries = [...new Set(texts)].sort(compareText);
  const positions = new Map(entries.map((text, i) => [text, i]));
  return { entries, at: (text) => positions.get(text) ?? -1 };
}

function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? '';
  for (const text of texts) {
    let length = 0;
    while (length < start.length && start.charCodeAt(length) === text.charCodeAt(length)) length++;
    start = start.slice(0, length);
  }
  // Half of a surrogate pair alone would not survive being written as UTF-8.
  return /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
}
