import type { WireEvent } from '../../core/interaction/wire.ts';
import type { JsonObject } from '../../core/lib/json.ts';

interface PastOrder {
  readonly daysAgo: number;
  readonly items: readonly (readonly [productId: string, category: string, size: string, price: number])[];
}

interface DemoCustomer {
  /** Identity in the namespace `customer`; the shop's accounts.ts has the same ids. */
  readonly id: string;
  readonly attributes: JsonObject;
  readonly orders: readonly PastOrder[];
}

const CUSTOMERS: readonly DemoCustomer[] = [
  {
    id: 'cus-sarah',
    attributes: {
      firstName: 'Sarah',
      email: 'sarah@example.com',
      phone: '+1 555 0100',
      city: 'Portland',
      newsletter: true,
      loyaltyTier: 'bronze',
      loyaltyPoints: 380,
      preferredCategory: 'women',
      preferredSize: 'S',
    },
    orders: [
      { daysAgo: 212, items: [['wo-3', 'women', 'S', 45]] },
      {
        daysAgo: 121,
        items: [
          ['wo-2', 'women', 'S', 110],
          ['wo-4', 'women', 'S', 79],
        ],
      },
      { daysAgo: 34, items: [['wo-1', 'women', 'S', 98]] },
    ],
  },
  {
    id: 'cus-marcus',
    attributes: {
      firstName: 'Marcus',
      email: 'marcus@example.com',
      city: 'Bristol',
      newsletter: false,
      loyaltyTier: 'gold',
      loyaltyPoints: 2140,
      preferredCategory: 'men-running',
      preferredSize: 'L',
    },
    orders: [
      {
        daysAgo: 300,
        items: [
          ['mr-5', 'men-running', 'L', 129],
          ['mr-4', 'men-running', 'L', 45],
          ['mr-3', 'men-running', 'L', 36],
        ],
      },
      {
        daysAgo: 140,
        items: [
          ['sw-2', 'men-running', 'L', 92],
          ['mr-4', 'men-running', 'L', 45],
        ],
      },
      {
        daysAgo: 61,
        items: [
          ['me-1', 'men', 'L', 95],
          ['me-3', 'men', 'L', 89],
          ['sw-1', 'men-running', 'L', 79],
        ],
      },
    ],
  },
  {
    id: 'cus-yuna',
    attributes: {
      firstName: 'Yuna',
      email: 'yuna@example.com',
      city: 'Lyon',
      newsletter: true,
      loyaltyTier: 'silver',
      loyaltyPoints: 790,
      preferredCategory: 'kids',
      preferredSize: 'S',
    },
    orders: [
      {
        daysAgo: 88,
        items: [
          ['ki-1', 'kids', 'S', 42],
          ['ki-4', 'kids', 'S', 14],
        ],
      },
      {
        daysAgo: 19,
        items: [
          ['ki-2', 'kids', 'S', 26],
          ['ki-3', 'kids', 'M', 22],
        ],
      },
    ],
  },
];

const DAY_MS = 86_400_000;

/**
 * What the shop knew before the demo began, as facts of its server. Event ids are fixed, so telling it twice changes nothing; times are
 * counted back from the first telling.
 */
export function customerEvents(nowMs: number): readonly WireEvent[] {
  return CUSTOMERS.flatMap(({ id, attributes, orders }) => {
    const identities = [{ namespace: 'customer', value: id }];
    const ago = (days: number): string => new Date(nowMs - days * DAY_MS).toISOString();
    const bought = orders.map(
      ({ daysAgo, items }, i): WireEvent => ({
        id: `seed-${id}-order-${i + 1}`,
        type: 'order.placed',
        occurredAt: ago(daysAgo),
        identities,
        data: {
          orderId: `past-${id}-${i + 1}`,
          currency: 'EUR',
          total: items.reduce((sum, item) => sum + item[3], 0),
          items: items.map(([productId, category, size, price]) => ({
            productId,
            category,
            size,
            price,
            currency: 'EUR',
            quantity: 1,
          })),
        },
      }),
    );
    const updated: WireEvent = {
      id: `seed-${id}-profile`,
      type: 'profile.updated',
      occurredAt: ago(400),
      identities,
      data: { attributes },
    };
    return [updated, ...bought];
  });
}
