import { z } from 'zod';
import { defineEventType } from '../event-type.ts';

export const consentUpdated = defineEventType({
  type: 'consent.updated',
  description: 'The person chose what their data may be used for. The choice stands in the envelope as `consent`.',
  schema: z.looseObject({ method: z.string().max(64).optional() }),
  example: { method: 'banner' },
  labels: {},
  sentBy: ['browser', 'server'],
  necessary: true,
});
