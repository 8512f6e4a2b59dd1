import type { Catalogue } from './catalogue.ts';
import { categoryOf } from './catalogue.ts';
import { categoryKey, parseCategory } from './category.ts';
import { candidatesOf } from './compile-strategy.ts';
import type { Neighbours } from './neighbours.ts';
import type { Neighbour, NeighbourKind } from './neighbours-part.ts';
import type { Popular } from './popular.ts';
import type { PopularList, Scope } from './popular-part.ts';
import type { RecommendedBecause } from './reasons.ts';
import type { ItemKey, RecommendationSource, ScopeName } from './strategy.ts';
import type { VisitorView } from './visitor.ts';

/** What a candidate was found by. */
export type Key =
  | { readonly of: 'item'; readonly as: ItemKey; readonly id: string }
  | { readonly of: 'category' | 'brand'; readonly as: ScopeName; readonly key: string }
  | { readonly of: 'site' }
  | { readonly of: 'none' };

export interface Candidate {
  readonly item: string;
  /** 0 to 1 within its source. */
  readonly score: number;
  readonly key: Key;
}

/** The page that the list is for. */
export interface PageContext {
  readonly item?: string | null;
  /** As one text, levels parted by `>`. Default: the category of `item`. */
  readonly category?: string | null;
  /** What the site says is in the cart. Absent: what the visitor's rows say. */
  readonly cart?: readonly string[] | null;
}

export interface Found {
  readonly because: RecommendedBecause;
  readonly candidates: readonly Candidate[];
  /** The source had something to start from. */
  readonly hasKey: boolean;
}

export interface Surroundings {
  readonly catalogue: Catalogue;
  readonly neighbours: Neighbours;
  readonly popular: Popular;
}

/** Items of the cart that a source starts from. */
const MAX_CART_KEYS = 10;
const TOGETHER: Readonly<Record<'viewedTogether' | 'boughtTogether' | 'similar', NeighbourKind>> = {
  viewedTogether: 'viewed',
  boughtTogether: 'bought',
  similar: 'similar',
};

/** Asks one source; best first, at most so many as it may give. */
export function findCandidates(
  source: RecommendationSource,
  visitor: VisitorView,
  page: PageContext,
  around: Surroundings,
  size: number,
): Found {
  const most = candidatesOf(source, size);
  switch (source.use) {
    case 'recentlyViewed':
      return {
        because: 'recentlyViewed',
        candidates: ranked(visitor.viewed.slice(0, most).map(({ item }) => item)),
        hasKey: visitor.viewed.length > 0,
      };
    case 'picked':
      return { because: 'picked', candidates: ranked(source.items), hasKey: true };
    case 'viewedTogether':
    case 'boughtTogether':
    case 'similar': {
      const keys = keyItems(source.key, source.keys, visitor, page);
      const kind = TOGETHER[source.use];
      const candidates = beside(keys, (item) => around.neighbours.of(kind, item), source.key).slice(0, most);
      return { because: source.use, candidates, hasKey: keys.length > 0 };
    }
    case 'popular':
      return listed(source.by ?? 'viewed', source.in, visitor, page, around, most);
    case 'trending':
      return listed('trending', source.in, visitor, page, around, most);
  }
}

/** The category of the page as the catalogue writes it, or null. */
export function currentCategory(page: PageContext, catalogue: Pick<Catalogue, 'get'>): string | null {
  if (page.category) {
    const key = categoryKey(parseCategory(page.category));
    if (key !== '') return key;
  }
  const item = page.item ? catalogue.get(page.item) : null;
  return item ? categoryOf(item) : null;
}

/** Falling scores for lists that have an order and nothing more. */
function ranked(items: readonly string[]): readonly Candidate[] {
  return items.map((item, i) => ({ item, score: 1 / (1 + i), key: { of: 'none' } }));
}

function keyItems(key: ItemKey, keys: number | undefined, visitor: VisitorView, page: PageContext): readonly string[] {
  switch (key) {
    case 'currentItem':
      return page.item ? [page.item] : [];
    case 'cart':
      return visitor.cart.slice(0, keys ?? MAX_CART_KEYS);
    case 'lastViewed':
    case 'mostViewed':
    case 'lastBought':
      return visitor[key].slice(0, keys ?? 1);
  }
}

/** Neighbours of several items: scores are added, an older key counts for less; the key that gave most is named. */
function beside(
  keys: readonly string[],
  neighboursOf: (item: string) => readonly Neighbour[],
  as: ItemKey,
): readonly Candidate[] {
  const sums = new Map<string, { score: number; best: number; key: string }>();
  let weights = 0;
  for (const [i, key] of keys.entries()) {
    const weight = 1 / (1 + i);
    weights += weight;
    for (const { item, score } of neighboursOf(key)) {
      const part = score * weight;
      const sum = sums.get(item);
      if (!sum) sums.set(item, { score: part, best: part, key });
      else {
        sum.score += part;
        if (part > sum.best) Object.assign(sum, { best: part, key });
      }
    }
  }
  return [...sums]
    .map(([item, { score, key }]) => ({ item, score: score / weights, key: { of: 'item', as, id: key } as const }))
    .sort((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1));
}

function listed(
  list: PopularList,
  name: ScopeName,
  visitor: VisitorView,
  page: PageContext,
  { catalogue, popular }: Surroundings,
  most: number,
): Found {
  const because = list === 'viewed' ? 'popular' : list === 'bought' ? 'bestSelling' : 'trending';
  const scope = scopeFor(name, visitor, page, catalogue);
  if (!scope) return { because, candidates: [], hasKey: false };
  const key: Key = scope.of === 'site' ? scope : { of: scope.of, as: name, key: scope.key };
  const candidates = popular
    .list(list, scope)
    .slice(0, most)
    .map(({ item, score }) => ({ item, score, key }));
  return { because, candidates, hasKey: true };
}

function scopeFor(name: ScopeName, visitor: VisitorView, page: PageContext, catalogue: Catalogue): Scope | null {
  if (name === 'site') return { of: 'site' };
  if (name === 'favouriteBrand')
    return visitor.favouriteBrand === null ? null : { of: 'brand', key: visitor.favouriteBrand };
  const key = name === 'currentCategory' ? currentCategory(page, catalogue) : visitor.favouriteCategory;
  return key === null ? null : { of: 'category', key };
}
