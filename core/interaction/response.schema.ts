import { z } from 'zod';
import { CONTENT_KINDS } from '../decision/placement.ts';
import { REASONS, REJECTIONS } from '../decision/proposition.ts';
import { AUTH_STATES } from '../event/event.ts';
import { REFUSALS } from '../event/refusal.ts';
import { identitySchema, instantSchema } from '../event/schema.ts';
import { QUARANTINE_REASONS } from '../identity/hot-value.ts';
import { IGNORED } from '../identity/ignored-identity.ts';

/** The answers of the public API, for OpenAPI and for the tests that hold `wire.ts` to them. Never run on the hot path. */
const keysOf = <T extends string>(table: Readonly<Record<T, string>>) => Object.keys(table) as [T, ...T[]];

export const refusalSchema = z
  .object({
    index: z.int().meta({ description: 'Position in `events`' }),
    id: z.string().optional(),
    code: z.enum(keysOf(REFUSALS)),
    detail: z.string(),
    pointer: z.string().optional().meta({ description: 'JSON pointer inside the event' }),
  })
  .meta({ id: 'Refusal', description: 'One event that was refused while the others went on' });

export const propositionSchema = z
  .object({
    id: z.string(),
    placement: z.string(),
    kind: z.enum(CONTENT_KINDS).nullable(),
    offer: z.string().nullable(),
    experiment: z
      .string()
      .optional()
      .meta({ description: 'The experiment that changed, or could have changed, what is shown here' }),
    variant: z.string().optional().meta({ description: 'Absent with an experiment: the person is kept out of it' }),
    content: z.json(),
    reason: z.enum(keysOf(REASONS)),
    language: z.string().optional().meta({ description: 'Of the content, where it is of one' }),
  })
  .meta({ id: 'Proposition', description: 'The answer for one placement, with its reason' });

export const membershipSchema = z
  .object({ segment: z.string(), status: z.enum(['entered', 'exited']), since: instantSchema })
  .meta({ id: 'Membership' });

const visitorSchema = z.object({
  state: z.enum(AUTH_STATES),
  isNew: z.boolean(),
  token: z
    .string()
    .optional()
    .meta({ description: 'Keep it and send it with the next request; absent when unchanged or in a cookie' }),
  quarantine: z
    .object({ reason: z.enum(QUARANTINE_REASONS), until: instantSchema })
    .optional()
    .meta({ description: 'The person that was named does not count now: too many share the id' }),
});

const collected = {
  sequence: z.int().meta({ description: 'The ruleset that answered' }),
  receivedAt: instantSchema,
  visitor: visitorSchema,
  accepted: z.int(),
  duplicates: z.array(z.string()),
  refused: z.array(refusalSchema),
  ignored: z
    .array(
      z.object({
        index: z.int().meta({ description: 'Position of its event in `events`' }),
        namespace: z.string(),
        reason: z.enum(keysOf(IGNORED)),
      }),
    )
    .optional()
    .meta({ description: 'Ids that count for nothing, of events that were not refused; absent: none' }),
};

export const collectResponseSchema = z.object(collected).meta({ id: 'CollectResponse' });

const previewSchema = z.enum(['shown', 'malformed', 'forged', 'expired']);

const traceSchema = z.array(
  z.object({
    placement: z.string(),
    offer: z.string(),
    rejection: z.enum(keysOf(REJECTIONS)).nullable().meta({ description: 'null: it won' }),
    score: z.number().optional().meta({ description: 'What the ranker gave it; higher is better' }),
  }),
);

export const interactResponseSchema = z
  .object({
    ...collected,
    propositions: z.array(propositionSchema),
    memberships: z.array(membershipSchema),
    degraded: z.literal(true).optional(),
    preview: previewSchema.optional(),
    trace: traceSchema.optional().meta({ description: 'With a preview that was shown' }),
  })
  .meta({ id: 'InteractResponse' });

export const decideResponseSchema = z
  .object({
    sequence: z.int(),
    visitor: visitorSchema,
    propositions: z.array(propositionSchema),
    memberships: z.array(membershipSchema),
    degraded: z.literal(true).optional(),
    preview: previewSchema.optional(),
    profile: z
      .object({
        id: z.string(),
        identities: z.array(identitySchema),
        attributes: z.record(z.string(), z.json()),
        measures: z
          .record(z.string(), z.json())
          .meta({ description: 'Values now, of those that are known; instants are ISO 8601, events are their ids' }),
        events: z.int(),
        firstSeen: instantSchema,
        lastSeen: instantSchema,
      })
      .optional(),
    recent: z.array(z.object({ productId: z.string(), at: instantSchema })).optional(),
    trace: traceSchema.optional(),
  })
  .meta({ id: 'DecideResponse' });
