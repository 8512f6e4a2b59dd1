import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const reviewWritten = defineEventType({
  type: 'review.written',
  description: 'The person reviewed a product.',
  schema: z.looseObject({
    productId: name,
    rating: z.number().min(0).max(10).optional(),
    text: z.string().max(8000).optional(),
  }),
  example: { productId: 'sw-1', rating: 5 },
  productAt: { path: ['productId'], list: false },
  labels: { text: ['freeText'] },
  sentBy: ['browser', 'server'],
});
