import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const propositionDismissed = defineEventType({
  type: 'proposition.dismissed',
  description: 'A proposition was dismissed by the visitor.',
  schema: z.looseObject({ proposition: name, placement: name, offer: name.nullable().optional() }),
  example: { proposition: 'prp_1', placement: 'hero', offer: 'spring' },
  labels: {},
  sentBy: ['browser', 'server'],
});
