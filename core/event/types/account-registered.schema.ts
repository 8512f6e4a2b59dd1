import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const accountRegistered = defineEventType({
  type: 'account.registered',
  description: 'An account was created.',
  schema: z.looseObject({ method: name.optional() }),
  example: { method: 'email' },
  labels: {},
  sentBy: ['browser', 'server'],
  necessary: true,
});
