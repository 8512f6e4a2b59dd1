import type { Measure } from '../../core/measure/measure.ts';
import type { Written } from '../../core/ruleset/resources.ts';
import type { Segment } from '../../core/segment/segment.ts';

export const DEMO_CATEGORIES = ['women', 'men', 'kids', 'women-running', 'men-running'] as const;
export type DemoCategory = (typeof DEMO_CATEGORIES)[number];

/** Orders that people made for themselves: what was wrapped as a gift says nothing about the buyer's taste. */
const OWN_ORDERS = 'xEvent[eventType = "order.placed" and (isNull(giftWrap) or giftWrap = false)]';

export const DEMO_MEASURES: readonly Written<Measure>[] = [
  {
    id: 'ownCategory',
    name: 'Category bought most for themselves',
    description: 'The category of the first thing of each order. Orders that were wrapped as gifts do not count.',
    purpose: 'personalization',
    public: false,
    expression: `${OWN_ORDERS}.favourite(items.head().category)`,
  },
  {
    id: 'ownSize',
    name: 'Size bought most for themselves',
    purpose: 'personalization',
    public: false,
    expression: `${OWN_ORDERS}.favourite(items.head().size)`,
  },
  {
    id: 'taste',
    name: 'Interest in categories',
    description: 'What was looked at, worth half after three days: orders the hero.',
    purpose: 'personalization',
    public: false,
    expression: 'xEvent[eventType = "product.viewed"].decayed(category, 3 days)',
  },
  {
    id: 'bought',
    name: 'Everything bought',
    description: 'Product ids, order by order: trays and lists leave them out.',
    purpose: 'necessary',
    public: false,
    expression: 'xEvent[eventType = "order.placed"].map(items.map(productId))',
  },
  {
    id: 'pointsToNextTier',
    name: 'Points to the next tier',
    description: 'Silver begins at 500, gold at 1,500; gold has no next.',
    purpose: 'personalization',
    public: true,
    expression: 'if(loyaltyPoints < 500, 500 - loyaltyPoints, 1500 - loyaltyPoints)',
  },
];

/**
 * A page that is neither the bag nor on the way to buying or signing in: whoever sees it has left the cart. The shop's server tells of a page that it
 * is about to personalize before the browser can have seen it.
 */
const ELSEWHERE =
  'eventType in ["page.viewed", "custom.page.served"] and pageType notIn ["cart", "product", "checkout", "login"]';
/** Unlike what this person buys for themselves, in kind and in size. Unknown taste: unknown, so nobody's gift. */
const UNLIKE_THEM = 'category != ^.ownCategory and size != ^.ownSize';

/** Put something into the cart within seven days, then went elsewhere, and nothing that ends the matter came in between or since. */
function leftCart(added: string, ends: string): string {
  return `chain(xEvent, timestamp, [
  added: WHAT(${added}) WHEN(<= 7 days before now),
  stayed: EXCLUDE WHAT(${ends}),
  left: WHAT(${ELSEWHERE}),
  since: EXCLUDE WHAT(${ends})
])`;
}

/** Looked at something of this category, and no order has closed the matter: a gift bought once does not bend the home page. */
function interestedIn(category: DemoCategory): string {
  return `chain(xEvent, timestamp, [
  viewed: WHAT(eventType = "product.viewed" and category = "${category}") WHEN(<= 30 days before now),
  since: EXCLUDE WHAT(eventType = "order.placed")
])`;
}

const shopSegment = (
  segment: Pick<Written<Segment>, 'id' | 'name' | 'rule'> & Partial<Written<Segment>>,
): Written<Segment> => ({ purpose: 'personalization', public: true, observed: false, ...segment });

const shopSegments: readonly Written<Segment>[] = [
  shopSegment({
    id: 'loyalty-member',
    name: 'Loyalty member',
    rule: 'loyaltyTier in ["bronze", "silver", "gold"]',
  }),
  shopSegment({
    id: 'cart-abandoner',
    name: 'Left a filled cart',
    description:
      'Put something into the cart within seven days, went elsewhere, and neither ordered nor took anything out since.',
    rule: leftCart('eventType = "cart.added"', 'eventType in ["order.placed", "cart.removed"]'),
  }),
  shopSegment({
    id: 'gift-cart-abandoner',
    name: 'Left a gift in the cart',
    description:
      'A loyalty member left a cart with something unlike what they buy for themselves: another category and another size, so for somebody else.',
    observed: true,
    rule: `inSegment("loyalty-member") and ${leftCart(
      `eventType = "cart.added" and ${UNLIKE_THEM}`,
      `eventType = "order.placed" or eventType = "cart.removed" and ${UNLIKE_THEM}`,
    )}`,
  }),
  ...DEMO_CATEGORIES.map((category) =>
    shopSegment({
      id: `interested-in-${category}`,
      name: `Interested in ${category}`,
      rule: interestedIn(category),
    }),
  ),
  shopSegment({
    id: 'gift-reminder',
    name: 'Wants to be reminded today',
    description:
      'Ordered a gift on this day of an earlier year and asked to be reminded. Nobody has to visit for it: it begins and ends with the day.',
    observed: true,
    rule: `xEvent[eventType = "order.placed" and remindNextYear = true
  and timestamp occurs > 300 days before now and anniversary(timestamp)]`,
  }),
  shopSegment({
    id: 'new-visitor',
    name: 'On the first visit',
    rule: `xEvent[eventType = "custom.visit.started"].count() = 1
and not xEvent[eventType in ["order.placed", "signed.in"]]`,
  }),
  shopSegment({
    id: 'returning',
    name: 'Came back',
    rule: 'xEvent[eventType = "custom.visit.started"].count() >= 2',
  }),
];

/** What a merchant asks of years of orders; the replay of Online Retail fills them. For reports, so pages need not know. */
const reportSegment = (id: string, name: string, rule: string): Written<Segment> => ({
  id,
  name,
  purpose: 'analytics',
  public: false,
  observed: false,
  rule,
});

const orderSegments: readonly Written<Segment>[] = [
  reportSegment('repeat-buyers', 'Bought twice or more', 'xEvent[eventType = "order.placed"].count() >= 2'),
  reportSegment(
    'lapsed-90-days',
    'Bought once, not for 90 days',
    `xEvent[eventType = "order.placed"].count() >= 1
and xEvent[eventType = "order.placed" and timestamp occurs <= 90 days before now].count() = 0`,
  ),
  reportSegment('high-value', 'Spent 1,000 or more', 'xEvent[eventType = "order.placed"].sum(total) >= 1000'),
  reportSegment(
    'big-baskets',
    'An order of 500 or more',
    'xEvent[eventType = "order.placed" and total >= 500].count() >= 1',
  ),
];

export const DEMO_SEGMENTS: readonly Written<Segment>[] = [...shopSegments, ...orderSegments];
