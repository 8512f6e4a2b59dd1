import type { RawEvent } from './descriptor.ts';
import type { Random } from './random.ts';

/** Frequent ones first. */
export const EVENT_TYPES: readonly string[] = [
  'page.viewed',
  'product.viewed',
  'list.viewed',
  'search.performed',
  'cart.added',
  'proposition.displayed',
  'image.zoomed',
  'filter.applied',
  'wishlist.added',
  'cart.removed',
  'checkout.started',
  'order.placed',
  'review.read',
  'video.played',
  'mail.opened',
  'coupon.applied',
  'store.located',
  'size.chosen',
  'chat.started',
  'order.returned',
];
export const CATEGORIES: readonly string[] = [
  'shoes',
  'shirts',
  'jackets',
  'jeans',
  'dresses',
  'boots',
  'bags',
  'hats',
  'socks',
  'coats',
  'belts',
  'sandals',
];
export const BRANDS: readonly string[] = Array.from(
  { length: 24 },
  (_, i) => `brand-${String(i + 1).padStart(2, '0')}`,
);
export const HIGHEST_PRICE = 200;

export const DAY_MS = 86_400_000;
/** The history goes back further than the longest window of a segment. */
export const HISTORY_DAYS = 90;
/** Above 1, recent days hold more events than those long ago, as with anybody who is on the site now. */
const RECENCY = 1.6;

/** Events in the order of their times, in visits: bursts of a few minutes, then hours or days of nothing. The last is at `until`. */
export function createEvents(random: Random, count: number, until: number): readonly RawEvent[] {
  const times = createTimes(random, count);
  const last = times.at(-1) ?? 1;
  const ages = times.map((time) => ((last - time) / last) ** RECENCY * HISTORY_DAYS * DAY_MS);
  return toInstants(ages.map((age) => until - age)).map((at) => createEvent(random, at));
}

/** What arrives after `from`, at the mean pace of a history of 500 events. */
export function createArrivals(random: Random, count: number, from: number): readonly RawEvent[] {
  const times = createTimes(random, count);
  const span = ((HISTORY_DAYS * DAY_MS) / 500) * count;
  const last = times.at(-1) ?? 1;
  return toInstants(times.map((time) => from + 1 + (time / last) * span)).map((at) => createEvent(random, at));
}

/** Whole milliseconds, each later than the one before. */
function toInstants(times: readonly number[]): readonly number[] {
  let before = Number.NEGATIVE_INFINITY;
  return times.map((time) => {
    before = Math.max(before + 1, Math.round(time));
    return before;
  });
}

function createTimes(random: Random, count: number): readonly number[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    at += random.chance(0.88) ? (5 + 300 * random.unit() ** 2) * 1000 : (2 + 60 * random.unit()) * 3_600_000;
    return at;
  });
}

function createEvent(random: Random, at: number): RawEvent {
  const category = random.pickSkewed(CATEGORIES);
  const product = random.whole(1, 400);
  return {
    id: random.uuid(),
    type: random.pickSkewed(EVENT_TYPES),
    at,
    source: 'web-shop',
    data: {
      category,
      brand: random.pickSkewed(BRANDS),
      price: random.whole(500, HIGHEST_PRICE * 100) / 100,
      productId: `sku-${product}`,
      quantity: random.whole(1, 3),
      path: `/${category}/${product}`,
    },
  };
}
