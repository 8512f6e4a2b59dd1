import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { amount, currency, lineItems, name } from './shared.schema.ts';

export const orderPlaced = defineEventType({
  type: 'order.placed',
  description:
    'An order was placed. Money comes from servers: what a browser claims is refused unless its source allows it.',
  schema: z.looseObject({
    orderId: name,
    total: amount.min(0),
    currency,
    items: lineItems,
    giftNote: z.string().max(2000).optional(),
  }),
  example: { orderId: 'o-1001', total: 79, currency: 'EUR', items: [{ productId: 'sw-1', quantity: 1, price: 79 }] },
  productAt: { path: ['items', 'productId'], list: true },
  labels: { total: ['money'], giftNote: ['freeText'] },
  sentBy: ['server'],
  necessary: true,
  claimable: true,
});
