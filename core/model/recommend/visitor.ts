import type { Instant } from '../../lib/ids.ts';
import { DAY_MS } from '../../lib/instant.ts';
import { limit } from '../../lib/limits.ts';
import type { Catalogue } from './catalogue.ts';
import { categoryOf } from './catalogue.ts';

export type VisitorAct = 'viewed' | 'carted' | 'uncarted' | 'bought';

/** One thing that the person did with an item, on whatever device. */
export interface VisitorRow {
  readonly item: string;
  readonly at: Instant;
  readonly kind: VisitorAct;
  /** For somebody else: it says nothing about this person's taste. */
  readonly gift?: boolean;
}

export interface Visitor {
  /** In any order; of more than `visitorItemRows` the newest count, and whatever was bought. */
  readonly recent: readonly VisitorRow[];
  /** What measures of the ruleset hold, where there are any; else it is computed from `recent`. */
  readonly favouriteCategory?: string | null;
  readonly favouriteBrand?: string | null;
}

/** What the recommenders want to know of a person, read once a request. */
export interface VisitorView {
  /** Distinct items, last viewed first, gifts too: the tray of recently viewed. */
  readonly viewed: readonly ViewedItem[];
  /** Distinct items, last viewed first, without what was for somebody else. */
  readonly lastViewed: readonly string[];
  readonly lastBought: readonly string[];
  /** Most viewed first, decayed. */
  readonly mostViewed: readonly string[];
  /** Last put in first. */
  readonly cart: readonly string[];
  /** When each was last bought, gifts too. */
  readonly bought: ReadonlyMap<string, Instant>;
  readonly favouriteCategory: string | null;
  readonly favouriteBrand: string | null;
}

export interface ViewedItem {
  readonly item: string;
  readonly at: Instant;
}

/** Interest halves in a week. */
const TASTE_HALF_LIFE_MS = 7 * DAY_MS;
/** What was bought for oneself says twice as much as what was looked at (as Target's "last viewed and bought" weighs it). */
const TASTE_WEIGHTS: Readonly<Record<VisitorAct, number>> = { viewed: 1, carted: 1.5, uncarted: 0, bought: 2 };
/** Looking around before a gift was bought was for the gift, so far back and in the same category. */
const GIFT_SEARCH_MS = 14 * DAY_MS;

/** Rows after `now` do not exist. `cart`: what the site says is in the cart; null: what the rows say. */
export function readVisitor(
  visitor: Visitor,
  catalogue: Pick<Catalogue, 'get'>,
  cart: readonly string[] | null,
  now: Instant,
): VisitorView {
  const all = visitor.recent
    .map((row, i) => ({ row, i }))
    .filter(({ row }) => row.at <= now)
    // Of rows at the same instant the later one in the list is the newer.
    .sort((a, b) => b.row.at - a.row.at || b.i - a.i)
    .map(({ row }) => row);
  const known = all.slice(0, limit('visitorItemRows'));
  const categories = new Map<string, string | null>();
  const categoryFor = (item: string): string | null => {
    let key = categories.get(item);
    if (key === undefined) {
      const found = catalogue.get(item);
      key = found ? categoryOf(found) : null;
      categories.set(item, key);
    }
    return key;
  };
  const own = known.filter(isOwnTaste(known, categoryFor));
  const bought = new Map<string, Instant>();
  for (const { item, at, kind } of all) if (kind === 'bought' && !bought.has(item)) bought.set(item, at);
  const interest = (keyOf: (item: string) => string | null, kinds: readonly VisitorAct[]) =>
    mostOf(
      own.filter(({ kind }) => kinds.includes(kind)),
      keyOf,
      now,
    );
  const taste: readonly VisitorAct[] = ['viewed', 'carted', 'bought'];
  return {
    viewed: distinct(known.filter(({ kind }) => kind === 'viewed')),
    lastViewed: distinct(own.filter(({ kind }) => kind === 'viewed')).map(({ item }) => item),
    lastBought: distinct(own.filter(({ kind }) => kind === 'bought')).map(({ item }) => item),
    mostViewed: interest((item) => item, ['viewed']),
    cart: cart ?? cartOf(known),
    bought,
    favouriteCategory: visitor.favouriteCategory ?? interest(categoryFor, taste)[0] ?? null,
    favouriteBrand: visitor.favouriteBrand ?? interest((item) => catalogue.get(item)?.brand ?? null, taste)[0] ?? null,
  };
}

/** Left out: what is marked as a gift, and the browsing of the same item or category that led up to a gift. */
function isOwnTaste(rows: readonly VisitorRow[], categoryFor: (item: string) => string | null) {
  const gifts = rows.filter(({ kind, gift }) => kind === 'bought' && gift === true);
  return (row: VisitorRow): boolean => {
    if (row.gift === true) return false;
    if (row.kind === 'bought') return true;
    return !gifts.some(({ item, at }) => {
      if (row.at > at || at - row.at > GIFT_SEARCH_MS) return false;
      const category = categoryFor(item);
      return row.item === item || (category !== null && categoryFor(row.item) === category);
    });
  };
}

function distinct(newestFirst: readonly VisitorRow[]): readonly ViewedItem[] {
  const seen = new Map<string, ViewedItem>();
  for (const { item, at } of newestFirst) if (!seen.has(item)) seen.set(item, { item, at });
  return [...seen.values()];
}

function mostOf(rows: readonly VisitorRow[], keyOf: (item: string) => string | null, now: Instant): readonly string[] {
  const sums = new Map<string, number>();
  for (const { item, at, kind } of rows) {
    const key = keyOf(item);
    if (key === null) continue;
    sums.set(key, (sums.get(key) ?? 0) + TASTE_WEIGHTS[kind] * 2 ** ((at - now) / TASTE_HALF_LIFE_MS));
  }
  // The rows are newest first, so of equals the one touched last stands first.
  return [...sums].sort(([, a], [, b]) => b - a).map(([key]) => key);
}

/** The last word on each item counts: put in, taken out, or bought. */
function cartOf(newestFirst: readonly VisitorRow[]): readonly string[] {
  const last = new Map<string, VisitorAct>();
  for (const { item, kind } of newestFirst) if (kind !== 'viewed' && !last.has(item)) last.set(item, kind);
  return [...last].filter(([, kind]) => kind === 'carted').map(([item]) => item);
}
