import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const searchPerformed = defineEventType({
  type: 'search.performed',
  description: 'The visitor searched the site.',
  schema: z.looseObject({ query: name, results: z.number().int().min(0).optional() }),
  example: { query: 'running sweater', results: 12 },
  labels: { query: ['freeText'] },
  sentBy: ['browser', 'server'],
});
