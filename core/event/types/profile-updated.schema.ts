import { z } from 'zod';
import { defineEventType } from '../event-type.ts';

export const profileUpdated = defineEventType({
  type: 'profile.updated',
  description: 'Attributes of the person changed. Newest wins per attribute; null removes.',
  schema: z.looseObject({
    attributes: z.record(
      z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/, 'a letter, then letters, digits or _'),
      z.json(),
    ),
  }),
  example: { attributes: { loyaltyTier: 'bronze' } },
  labels: { attributes: ['contact', 'name', 'address'] },
  sentBy: ['server'],
  necessary: true,
});
