import { defineEventType } from '../event-type.ts';
import { lineItem } from './shared.schema.ts';

export const cartAdded = defineEventType({
  type: 'cart.added',
  description: 'A product was put into the cart.',
  schema: lineItem,
  example: { productId: 'sw-1', category: 'men-running', size: 'L', price: 79, currency: 'EUR', quantity: 1 },
  productAt: { path: ['productId'], list: false },
  labels: {},
  sentBy: ['browser', 'server'],
});
