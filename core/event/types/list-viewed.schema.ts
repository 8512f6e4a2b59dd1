import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const listViewed = defineEventType({
  type: 'list.viewed',
  description: 'A list of products was shown: a category, a search result, a recommendation.',
  schema: z.looseObject({ listId: name, category: name.optional(), productIds: z.array(name).max(200).optional() }),
  example: { listId: 'men-running', category: 'men-running', productIds: ['sw-1', 'sw-2'] },
  labels: {},
  sentBy: ['browser', 'server'],
});
