import { z } from 'zod';
import { AUTH_STATES } from '../event/event.ts';
import { limit } from '../lib/limits.ts';
import { PURPOSES } from '../policy/purposes.ts';

const instant = z.string().max(40).meta({ description: 'ISO 8601 with an offset', examples: ['2026-11-22T10:00:00Z'] });
const choice = z.enum(['in', 'out', 'pending']);

export const consentSchema = z
  .partialRecord(z.enum(PURPOSES), choice)
  .meta({ id: 'Consent', description: 'What the visitor chose, per purpose. A purpose left out keeps what held before.' });

export const identitySchema = z
  .strictObject({ namespace: z.string().min(1).max(32), value: z.string().min(1).max(limit('identityValue')) })
  .meta({ id: 'Identity' });

const freeObject = z.record(z.string(), z.json());

/** The envelope; `data` is checked by the schema of its type. */
export const eventSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, '1-64 of letters, digits and _ . : -'),
    type: z.string().min(1).max(96),
    occurredAt: instant,
    identities: z.array(identitySchema).optional(),
    authState: z.enum(AUTH_STATES).optional(),
    consent: consentSchema.optional(),
    context: z.record(z.string(), z.unknown()).optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const sender = {
  key: z.string().max(128).optional(),
  sentAt: instant.optional(),
  visitor: z.string().max(200).optional(),
  proof: z.string().max(4096).optional(),
  consent: consentSchema.optional(),
  context: freeObject.optional(),
};
const placements = z.array(z.string().min(1).max(64)).max(limit('placementsPerRequest'));

/** Events stay unknown here: each is checked alone, so that a bad one costs only itself. */
export const collectRequestSchema = z.strictObject({ ...sender, events: z.array(z.unknown()).max(limit('requestEvents')) });
export const interactRequestSchema = z.strictObject({
  ...sender,
  events: z.array(z.unknown()).max(limit('requestEvents')).optional(),
  placements: placements.optional(),
});
export const decideRequestSchema = z
  .strictObject({
    identity: identitySchema.optional(),
    visitor: z.string().max(200).optional(),
    authState: z.enum(AUTH_STATES).optional(),
    placements: placements.optional(),
    context: freeObject.optional(),
    include: z.array(z.enum(['profile', 'recent', 'trace'])).max(3).optional(),
  })
  .meta({ id: 'DecideRequest' });
