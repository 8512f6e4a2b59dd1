import type { Instant } from '../../lib/ids.ts';
import { currentCategory, type Key, type PageContext } from './candidates.ts';
import { type Catalogue, categoryOf } from './catalogue.ts';
import { isInCategory } from './category.ts';
import type { CompiledStrategy } from './compile-strategy.ts';
import { currentAmount, type Item } from './item.ts';
import type { LeftOutBecause } from './reasons.ts';
import type { ItemCondition } from './strategy.ts';
import type { VisitorView } from './visitor.ts';

/** Says which rule of the strategy an item breaks, or null. */
export type Filter = (item: Item, key: Key) => LeftOutBecause | null;

/**
 * The rules of a strategy for one request. Rules that compare with a key item go by the item that the candidate was found by, else by the
 * current one; where there is neither they do not hold anybody back.
 */
export function createFilter(
  strategy: CompiledStrategy,
  visitor: VisitorView,
  page: PageContext,
  catalogue: Catalogue,
  now: Instant,
): Filter {
  const current = page.item ? catalogue.get(page.item) : null;
  const pageCategory = currentCategory(page, catalogue);
  const bought = boughtWithin(strategy, visitor, catalogue, now);
  const inCart = new Set(strategy.notInCart ? productsOf(visitor.cart, catalogue) : []);
  const viewedSince = strategy.notViewedMs === null ? null : now - strategy.notViewedMs;
  const viewed = new Set(
    viewedSince === null ? [] : visitor.viewed.flatMap(({ item, at }) => (at >= viewedSince ? item : [])),
  );
  const currentProducts = new Set(page.item ? productsOf([page.item], catalogue) : []);
  const keyItems = new Map<string, Item | null>();
  const referenceOf = (key: Key): Item | null => {
    if (key.of !== 'item') return current;
    let found = keyItems.get(key.id);
    if (found === undefined) {
      found = catalogue.get(key.id);
      keyItems.set(key.id, found);
    }
    return found;
  };

  return (item, key) => {
    const product = productOf(item);
    if (item.id === page.item || currentProducts.has(product)) return 'current';
    if (!strategy.availability.has(item.availability)) return 'unavailable';
    if (bought.has(item.id) || bought.has(product)) return 'bought';
    if (inCart.has(item.id) || inCart.has(product)) return 'inCart';
    if (viewed.has(item.id)) return 'viewed';
    if (strategy.exclude.has(item.id)) return 'excluded';
    const reference = referenceOf(key);
    if (!categoryFits(strategy, item, reference, pageCategory)) return 'category';
    if (strategy.brands && (item.brand === null || !strategy.brands.has(item.brand))) return 'brand';
    if (!attributesFit(strategy, item, reference)) return 'attribute';
    if (!priceFits(strategy, item, reference)) return 'price';
    return null;
  };
}

/** What variants of one product have in common. Ids of items and groups are told apart. */
export function productOf(item: Pick<Item, 'id' | 'groupId'>): string {
  return item.groupId === null ? `item ${item.id}` : `group ${item.groupId}`;
}

/** The factor of all boosts that hold. */
export function boostOf(item: Item, boosts: CompiledStrategy['boosts']): number {
  return boosts.reduce((factor, boost) => (conditionHolds(boost.when, item) ? factor * boost.factor : factor), 1);
}

function conditionHolds({ categories, brands, attribute, onSale }: ItemCondition, item: Item): boolean {
  if (categories && !categories.some((key) => isInCategory(item.category, key))) return false;
  if (brands && (item.brand === null || !brands.includes(item.brand))) return false;
  if (attribute && !attribute.in.includes(attributeOf(item, attribute.name) ?? '')) return false;
  return onSale === undefined || onSale === (item.salePrice !== undefined);
}

/** Ids and products, so that an item that has left the catalogue is known by its id. */
function productsOf(ids: Iterable<string>, catalogue: Catalogue): readonly string[] {
  return [...ids].flatMap((id) => {
    const item = catalogue.get(id);
    return item ? [id, productOf(item)] : [id];
  });
}

function boughtWithin(
  { notBoughtMs }: CompiledStrategy,
  { bought }: VisitorView,
  catalogue: Catalogue,
  now: Instant,
): ReadonlySet<string> {
  if (notBoughtMs === null) return new Set();
  const since = now - notBoughtMs;
  return new Set(
    productsOf(
      [...bought].flatMap(([id, at]) => (at >= since ? id : [])),
      catalogue,
    ),
  );
}

function categoryFits(
  { categories, sameCategoryAs }: CompiledStrategy,
  item: Item,
  reference: Item | null,
  pageCategory: string | null,
): boolean {
  if (categories && !categories.some((key) => isInCategory(item.category, key))) return false;
  if (sameCategoryAs === null) return true;
  const key = sameCategoryAs === 'current' ? pageCategory : reference ? categoryOf(reference) : null;
  return key === null || isInCategory(item.category, key);
}

function attributesFit({ attributes }: CompiledStrategy, item: Item, reference: Item | null): boolean {
  return attributes.every(({ name, in: allowed }) => {
    const value = attributeOf(item, name);
    if (allowed) return value !== null && allowed.has(value);
    return reference === null || value === attributeOf(reference, name);
  });
}

function priceFits({ price, priceOfKeyPct }: CompiledStrategy, item: Item, reference: Item | null): boolean {
  const amount = currentAmount(item);
  if (amount < price.min || amount > price.max) return false;
  if (!priceOfKeyPct || !reference) return true;
  const pct = (100 * amount) / currentAmount(reference);
  return Number.isNaN(pct) || (pct >= priceOfKeyPct.min && pct <= priceOfKeyPct.max);
}

function attributeOf(item: Item, name: string): string | null {
  return Object.hasOwn(item.attributes, name) ? (item.attributes[name] ?? null) : null;
}
