import { z } from 'zod';
import { defineEventType } from '../event-type.ts';

export const signedOut = defineEventType({
  type: 'signed.out',
  description: 'A person signed out: from here on the device greets nobody.',
  schema: z.looseObject({}),
  example: {},
  labels: {},
  sentBy: ['browser', 'server'],
  necessary: true,
});
