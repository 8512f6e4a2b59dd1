import { z } from 'zod';
import { CONTENT_KINDS } from '../decision/placement.ts';
import { REASONS, type Reason } from '../decision/proposition.ts';
import { AUTH_STATES } from '../event/event.ts';
import { consentSchema, identitySchema, instantSchema } from '../event/schema.ts';
import { limit } from '../lib/limits.ts';

/** What comes here was parsed from JSON: walking it again to see that it is JSON would cost more than all else. */
const freeObject = z.record(z.string(), z.unknown());

const sender = {
  key: z.string().max(128).optional(),
  sentAt: instantSchema.optional(),
  visitor: z.string().max(200).optional(),
  proof: z.string().max(4096).optional(),
  proofFrom: z.string().max(64).optional().meta({
    description:
      'With `proof`: id of the first event that belongs to the sign-in; those before it belong to whoever the visitor was until then. Left out: all belong to the person',
  }),
  consent: consentSchema.optional(),
  context: freeObject.optional(),
};
const preview = z.string().max(4000).optional();
const placements = z.array(z.string().min(1).max(64)).max(limit('placementsPerRequest'));

/** Events stay unknown here: each is checked alone, so that a bad one costs only itself. */
export const collectRequestSchema = z.strictObject({
  ...sender,
  events: z.array(z.unknown()).max(limit('requestEvents')),
});
export const interactRequestSchema = z.strictObject({
  ...sender,
  events: z.array(z.unknown()).max(limit('requestEvents')).optional(),
  visitorLink: z.string().max(200).optional(),
  placements: placements.optional(),
  preview,
});
export const visitorLinkRequestSchema = z
  .strictObject({
    key: z.string().max(128).optional(),
    visitor: z.string().max(200).optional(),
    target: z
      .string()
      .max(255)
      .meta({ description: 'Origin of the site that the visitor goes to: of a source of the same group' }),
  })
  .meta({ id: 'VisitorLinkRequest' });
/** Of a proposition, what tells why it is there: as the answer had it. */
export const whyRequestSchema = z
  .strictObject({
    key: z.string().max(128).optional(),
    proposition: z.object({
      placement: z.string().max(64),
      kind: z.enum(CONTENT_KINDS).nullable(),
      offer: z.string().max(64).nullable(),
      reason: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]),
      experiment: z.string().max(64).exactOptional(),
      variant: z.string().max(64).exactOptional(),
      language: z.string().max(40).exactOptional(),
    }),
    language: z.string().max(40).exactOptional().meta({ description: 'Left out: as the browser says' }),
  })
  .meta({ id: 'WhyRequest' });
export const decideRequestSchema = z
  .strictObject({
    identity: identitySchema.extend({ value: z.string().min(1).max(limit('identityValue')) }).optional(),
    visitor: z.string().max(200).optional(),
    authState: z.enum(AUTH_STATES).optional(),
    placements: placements.optional(),
    context: freeObject.optional(),
    languages: z.array(z.string().max(40)).max(5).optional(),
    preview,
    include: z
      .array(z.enum(['profile', 'recent', 'trace']))
      .max(3)
      .optional(),
  })
  .meta({ id: 'DecideRequest' });
