import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const propositionClicked = defineEventType({
  type: 'proposition.clicked',
  description: 'A proposition was clicked.',
  schema: z.looseObject({ proposition: name, placement: name, offer: name.nullable().optional() }),
  example: { proposition: 'prp_1', placement: 'hero', offer: 'spring' },
  labels: {},
  sentBy: ['browser', 'server'],
});
