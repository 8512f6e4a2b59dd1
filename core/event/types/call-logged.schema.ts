import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const callLogged = defineEventType({
  type: 'call.logged',
  description: 'A call with the person was logged.',
  schema: z.looseObject({
    channel: name.optional(),
    topic: name.optional(),
    durationSeconds: z.number().min(0).optional(),
  }),
  example: { topic: 'return', durationSeconds: 240 },
  labels: { topic: ['freeText'] },
  sentBy: ['server'],
});
