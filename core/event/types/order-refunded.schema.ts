import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { amount, currency, lineItems, name } from './shared.schema.ts';

export const orderRefunded = defineEventType({
  type: 'order.refunded',
  description: 'An order was refunded, wholly or in part. `total` is the positive amount given back.',
  schema: z.looseObject({ orderId: name, total: amount.min(0), currency, items: lineItems.optional() }),
  example: { orderId: 'o-1001', total: 79, currency: 'EUR' },
  productAt: { path: ['items', 'productId'], list: true },
  labels: { total: ['money'] },
  sentBy: ['server'],
  necessary: true,
  claimable: true,
});
