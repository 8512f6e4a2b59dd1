import { defineEventType } from '../event-type.ts';
import { product } from './shared.schema.ts';

export const productViewed = defineEventType({
  type: 'product.viewed',
  description: 'A product page was shown.',
  schema: product,
  example: { productId: 'sw-1', name: 'Tempo sweater', category: 'men-running', price: 79, currency: 'EUR' },
  productAt: { path: ['productId'], list: false },
  labels: {},
  sentBy: ['browser', 'server'],
});
