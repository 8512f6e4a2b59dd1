import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const propositionDisplayed = defineEventType({
  type: 'proposition.displayed',
  description: 'A proposition was seen: half of it for a second in a visible tab.',
  schema: z.looseObject({ proposition: name, placement: name, offer: name.nullable().optional() }),
  example: { proposition: 'prp_1', placement: 'hero', offer: 'spring' },
  labels: {},
  sentBy: ['browser', 'server'],
});
