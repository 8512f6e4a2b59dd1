import { defineEventType } from '../event-type.ts';
import { lineItem } from './shared.schema.ts';

export const cartRemoved = defineEventType({
  type: 'cart.removed',
  description: 'A product was taken out of the cart.',
  schema: lineItem,
  example: { productId: 'sw-1', size: 'L', quantity: 1 },
  productAt: { path: ['productId'], list: false },
  labels: {},
  sentBy: ['browser', 'server'],
});
