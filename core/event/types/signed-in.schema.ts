import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const signedIn = defineEventType({
  type: 'signed.in',
  description: 'A person signed in. The link to the person needs a proof beside it; the event alone links nothing.',
  schema: z.looseObject({ method: name.optional() }),
  example: { method: 'password' },
  labels: {},
  sentBy: ['browser', 'server'],
  necessary: true,
});
