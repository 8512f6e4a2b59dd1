import type { EventQuery, Rule } from '../../core/segment/rule.ts';
import type { Segment } from '../../core/segment/segment.ts';

export const DEMO_CATEGORIES = ['women', 'men', 'kids', 'women-running', 'men-running'] as const;
export type DemoCategory = (typeof DEMO_CATEGORIES)[number];

const ordered: EventQuery = { types: ['order.placed'] };
const week = { amount: 7, unit: 'day' } as const;

/** A page that is neither the bag nor on the way to buying or signing in: whoever sees it has left the cart. */
const elsewhere: EventQuery = {
  types: ['page.viewed'],
  where: [{ field: 'pageType', is: 'notIn', value: ['cart', 'product', 'checkout', 'login'] }],
};

/** Unlike what this person buys for themselves, in kind and in size. Unknown taste: unknown, so nobody's gift. */
const unlikeThem: EventQuery['where'] = [
  { field: 'category', is: '!=', value: { attribute: 'preferredCategory' } },
  { field: 'size', is: '!=', value: { attribute: 'preferredSize' } },
];
const giftAdded: EventQuery = { types: ['cart.added'], where: unlikeThem, within: week };

const inSegment = (segment: string): Rule => ({ op: 'inSegment', segment });
const visits = (is: '=' | '>=', value: number): Rule => ({
  op: 'count',
  of: { types: ['custom.visit.started'] },
  is,
  value,
});
const never = (of: EventQuery): Rule => ({ op: 'count', of, is: '=', value: 0 });

/** The latest product looked at is of this category, and no order has closed the matter: a gift bought once does not bend the home page. */
function interestedIn(category: DemoCategory): Rule {
  const did: EventQuery = {
    types: ['product.viewed'],
    where: [{ field: 'category', is: '=', value: category }],
    within: { amount: 30, unit: 'day' },
  };
  const other: EventQuery = { types: ['product.viewed'], where: [{ field: 'category', is: '!=', value: category }] };
  return {
    op: 'and',
    of: [
      { op: 'didNotSince', did, notSince: other },
      { op: 'didNotSince', did, notSince: ordered },
    ],
  };
}

const shopSegments: readonly Segment[] = [
  {
    id: 'loyalty-member',
    name: 'Loyalty member',
    purpose: 'personalization',
    public: true,
    rule: { op: 'attribute', name: 'loyaltyTier', is: 'in', value: ['bronze', 'silver', 'gold'] },
  },
  {
    id: 'cart-abandoner',
    name: 'Left a filled cart',
    purpose: 'personalization',
    public: true,
    description:
      'Put something into the cart within seven days, went elsewhere, and neither ordered nor took anything out since.',
    rule: {
      op: 'didNotSince',
      did: { types: ['cart.added'], within: week },
      notSince: { types: ['order.placed', 'cart.removed'] },
      thenSince: elsewhere,
    },
  },
  {
    id: 'gift-cart-abandoner',
    name: 'Left a gift in the cart',
    purpose: 'personalization',
    public: true,
    description:
      'A loyalty member left a cart with something unlike what they buy for themselves: another category and another size, so for somebody else.',
    rule: {
      op: 'and',
      of: [
        inSegment('loyalty-member'),
        { op: 'didNotSince', did: giftAdded, notSince: ordered, thenSince: elsewhere },
        { op: 'didNotSince', did: giftAdded, notSince: { types: ['cart.removed'], where: unlikeThem } },
      ],
    },
  },
  ...DEMO_CATEGORIES.map(
    (category): Segment => ({
      id: `interested-in-${category}`,
      name: `Interested in ${category}`,
      purpose: 'personalization',
      public: true,
      rule: interestedIn(category),
    }),
  ),
  {
    id: 'new-visitor',
    name: 'On the first visit',
    purpose: 'personalization',
    public: true,
    rule: { op: 'and', of: [visits('=', 1), never(ordered), never({ types: ['signed.in'] })] },
  },
  { id: 'returning', name: 'Came back', purpose: 'personalization', public: true, rule: visits('>=', 2) },
];

/** What a merchant asks of years of orders; the replay of Online Retail fills them. For reports, so pages need not know. */
const orderSegments: readonly Segment[] = [
  {
    id: 'repeat-buyers',
    name: 'Bought twice or more',
    purpose: 'analytics',
    public: false,
    rule: { op: 'count', of: ordered, is: '>=', value: 2 },
  },
  {
    id: 'lapsed-90-days',
    name: 'Bought once, not for 90 days',
    purpose: 'analytics',
    public: false,
    rule: {
      op: 'and',
      of: [
        { op: 'count', of: ordered, is: '>=', value: 1 },
        never({ ...ordered, within: { amount: 90, unit: 'day' } }),
      ],
    },
  },
  {
    id: 'high-value',
    name: 'Spent 1,000 or more',
    purpose: 'analytics',
    public: false,
    rule: { op: 'sum', field: 'total', of: ordered, is: '>=', value: 1000 },
  },
  {
    id: 'big-baskets',
    name: 'An order of 500 or more',
    purpose: 'analytics',
    public: false,
    rule: { op: 'count', of: { ...ordered, where: [{ field: 'total', is: '>=', value: 500 }] }, is: '>=', value: 1 },
  },
];

export const DEMO_SEGMENTS: readonly Segment[] = [...shopSegments, ...orderSegments];
