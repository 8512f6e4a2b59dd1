import { z } from 'zod';
import { limit } from '../lib/limits.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { AUTH_STATES } from './event.ts';

export const instantSchema = z
  .string()
  .max(40)
  .meta({ description: 'ISO 8601 with an offset', examples: ['2026-11-22T10:00:00Z'] });
const choice = z.enum(['in', 'out', 'pending']);

export const consentSchema = z.partialRecord(z.enum(PURPOSES), choice).meta({
  id: 'Consent',
  description: 'What the visitor chose, per purpose. A purpose left out keeps what held before.',
});

/** Only the form: which values name somebody is for the namespaces of the space, and a value that names nobody costs only itself. */
export const identitySchema = z
  .strictObject({ namespace: z.string().min(1).max(32), value: z.string().max(limit('eventString')) })
  .meta({ id: 'Identity' });

/** The envelope; `data` is checked by the schema of its type. */
export const eventSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, '1-64 of letters, digits and _ . : -'),
    type: z.string().min(1).max(96),
    occurredAt: instantSchema,
    identities: z.array(identitySchema).optional(),
    authState: z.enum(AUTH_STATES).optional(),
    consent: consentSchema.optional(),
    context: z.record(z.string(), z.unknown()).optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
