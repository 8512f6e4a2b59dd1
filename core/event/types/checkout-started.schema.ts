import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { amount, currency, lineItems } from './shared.schema.ts';

export const checkoutStarted = defineEventType({
  type: 'checkout.started',
  description: 'The visitor began to check out.',
  schema: z.looseObject({ total: amount.optional(), currency: currency.optional(), items: lineItems.optional() }),
  example: { total: 79, currency: 'EUR' },
  productAt: { path: ['items', 'productId'], list: true },
  labels: { total: ['money'] },
  sentBy: ['browser', 'server'],
});
