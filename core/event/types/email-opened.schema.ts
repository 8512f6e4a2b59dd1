import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const emailOpened = defineEventType({
  type: 'email.opened',
  description: 'An email was opened.',
  schema: z.looseObject({ campaignId: name, messageId: name.optional() }),
  example: { campaignId: 'autumn' },
  labels: {},
  sentBy: ['server'],
});
