import type { Instant } from '../lib/ids.ts';
import { type JsonObject, type JsonValue, readPath } from '../lib/json.ts';
import type { PageContext } from '../model/recommend/candidates.ts';
import { categoryKey } from '../model/recommend/category.ts';
import type { Item } from '../model/recommend/item.ts';
import { type Recommendation, recommend } from '../model/recommend/recommend.ts';
import type { VisitorRow } from '../model/recommend/visitor.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { minorDigits } from '../source/catalogue/money.ts';

/** Who asks, and where. */
export interface ItemAsking {
  readonly acts: () => readonly VisitorRow[];
  readonly page: PageContext;
  readonly now: Instant;
  /** The visitor: equals stand in another order for somebody else. */
  readonly seed: string;
}

/** Items for one answer: each strategy is worked out once, when somebody asks for it. */
export interface ItemViews {
  /** Ids, the best first. */
  recommend(strategy: string): readonly string[];
  /** `item.<field>` of an item; `items.<strategy>`, a list. Undefined: nothing. */
  value(path: string, item: string | null): JsonValue | undefined;
}

export function createItemViews(
  { items: around, strategies }: Pick<LoadedRuleset, 'items' | 'strategies'>,
  asking: ItemAsking,
): ItemViews {
  const lists = new Map<string, readonly Recommendation[]>();
  const listOf = (id: string): readonly Recommendation[] => {
    const held = lists.get(id);
    if (held) return held;
    const strategy = strategies.get(id);
    const { page, now, seed } = asking;
    const made = strategy ? recommend(strategy, around, { recent: asking.acts() }, page, now, seed).items : [];
    lists.set(id, made);
    return made;
  };
  return {
    recommend: (strategy) => listOf(strategy).map(({ item }) => item.id),
    value(path, id) {
      const [root, ...steps] = path.split('.');
      if (root === 'items') {
        const list = listOf(steps.join('.'));
        return list.length === 0 ? undefined : list.map(listedItem);
      }
      const item = id === null ? null : around.catalogue.get(id);
      return item ? readPath({ ...shownItem(item), attributes: item.attributes }, steps) : undefined;
    },
  };
}

/** Prices in whole units of the currency, as events have them. */
function shownItem(item: Item): JsonObject {
  const { currency } = item.price;
  const whole = (amount: number): number => amount / 10 ** minorDigits(currency);
  return {
    id: item.id,
    title: item.title,
    url: item.url,
    image: item.image,
    price: whole(item.price.amount),
    ...(item.salePrice && { salePrice: whole(item.salePrice.amount) }),
    currency,
    availability: item.availability,
    category: item.category.length === 0 ? null : categoryKey(item.category),
    brand: item.brand,
  };
}

function listedItem({ item, because, key }: Recommendation): JsonObject {
  const of = key.of === 'item' ? key.id : key.of === 'category' || key.of === 'brand' ? key.key : null;
  return { ...shownItem(item), because, ...(of !== null && { becauseOf: of }) };
}
