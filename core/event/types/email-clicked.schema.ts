import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name, url } from './shared.schema.ts';

export const emailClicked = defineEventType({
  type: 'email.clicked',
  description: 'A link in an email was followed.',
  schema: z.looseObject({ campaignId: name, messageId: name.optional(), url: url.optional() }),
  example: { campaignId: 'autumn', url: 'https://shop.example/autumn' },
  labels: {},
  sentBy: ['server'],
});
