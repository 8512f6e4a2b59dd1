import { z } from 'zod';

const instant = z.string().meta({ description: 'ISO 8601' });

export const identity = z
  .strictObject({ namespace: z.string().min(1).max(64), value: z.string().min(1).max(1024) })
  .meta({ id: 'IdentityName' });

const ref = z.object({ namespace: z.string(), value: z.string() });

const stamp = z
  .object({
    at: instant,
    seq: z.int().nullable().meta({ description: 'null: an operator said so, after all others' }),
    source: z.string().nullable().meta({
      description:
        'Id of the source whose event or proof said so last; `import:` and the id where a system told what it knows (`identity.linked`); `operator`; null: from before this was kept',
    }),
  })
  .nullable()
  .meta({ description: 'Event time, order of arrival among equal times, and who said so; null: never' });

export const graphSchema = z
  .object({
    profile: z.string(),
    state: z.enum(['live', 'forwarded', 'erasing', 'erased']),
    createdAt: instant,
    identities: z.array(
      ref.extend({
        trust: z.enum(['verified', 'claimed', 'anonymous']),
        state: z.enum(['owned', 'incoming', 'kept', 'gone']).meta({
          description:
            'kept: a closed history that stayed with its person when the device left; gone: lives at movedTo',
        }),
        keptBy: ref.nullable(),
        movedTo: z.string().nullable(),
        claimant: ref.nullable().meta({ description: 'Names the person whose history this is' }),
        epoch: z.int().meta({ description: 'Rises with every move' }),
        firstSeen: instant,
        lastSeen: instant,
        events: z.int(),
        claims: z.array(ref).meta({ description: 'Said without proof: they link nothing' }),
        consent: z
          .array(
            z.object({
              purpose: z.string(),
              choice: z.string(),
              at: instant.nullable(),
              by: ref
                .nullable()
                .meta({ description: 'Who granted it while they were met on it: it counts only where they are' }),
            }),
          )
          .meta({ description: 'What was chosen through it last' }),
      }),
    ),
    links: z.array(z.object({ a: ref, b: ref, verifiedAt: stamp, claimedAt: stamp })),
    merges: z.int(),
    openWork: z.array(
      z.object({
        kind: z.enum(['intent', 'operation', 'erasure']),
        id: z.string(),
        identities: z.array(ref),
        attempt: z.int(),
        at: z.string(),
      }),
    ),
    attributes: z.record(z.string(), z.json()),
  })
  .meta({
    id: 'PersonGraph',
    description: 'Who one profile is: its identities, and the links that hold them together',
  });

export const changeSchema = z
  .object({
    request: z.string().meta({ description: 'Send it again with the same words to ask how it went' }),
    dryRun: z.boolean(),
    done: z.boolean().meta({ description: 'False: taken and stored, still under way' }),
    profiles: z.array(z.array(ref)).meta({ description: 'Who is together afterwards, of all whom the change touches' }),
    removed: z.array(z.object({ a: ref, b: ref })).meta({ description: 'Links that end' }),
    refused: z.enum(['conflict', 'capacity', 'maxMerges']).nullable(),
  })
  .meta({ id: 'GraphChange' });

const about = {
  reason: z.string().trim().min(3).max(500).meta({ description: 'Goes into the audit; name nobody in it' }),
  dryRun: z.boolean().default(false).meta({ description: 'Only tell what it would do' }),
  request: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{8,64}$/)
    .exactOptional()
    .meta({ description: 'Idempotency key of your own; the same one is done once' }),
};

export const pairBody = z.strictObject({ a: identity, b: identity, ...about });
export const splitBody = z.strictObject({ identities: z.array(identity).min(1).max(20), ...about });
export const whoQuery = z.strictObject({
  namespace: z.string().max(64).exactOptional(),
  value: z.string().max(1024).exactOptional(),
  profile: z.string().max(64).exactOptional().meta({ description: 'Instead of namespace and value' }),
});

export const exportQuery = whoQuery.extend({
  after: z.string().max(256).exactOptional().meta({ description: '`next` of the page before' }),
});

export const exportSchema = z
  .object({
    person: graphSchema.nullable().meta({ description: 'With the first page' }),
    memberships: z.array(z.object({ segment: z.string(), member: z.boolean(), since: instant })),
    events: z.array(
      z.looseObject({
        id: z.string(),
        source: z.string(),
        type: z.string(),
        at: instant,
        receivedAt: instant,
        identity: ref,
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'PersonExport' });

export const eraseBody = z.strictObject({
  namespace: z.string().max(64).exactOptional(),
  value: z.string().max(1024).exactOptional(),
  profile: z.string().max(64).exactOptional().meta({ description: 'Instead of namespace and value' }),
  scope: z
    .enum(['person', 'identity'])
    .default('person')
    .meta({ description: 'identity: this id and what came through it; whoever it belonged to stays' }),
  suppress: z.boolean().default(false).meta({ description: 'The ids count as blocked from now on' }),
  reason: about.reason,
  request: about.request,
});

export const fenceBody = z.strictObject({ profile: z.string().max(64), reason: about.reason });

export const fencedSchema = z
  .object({
    profile: z.string(),
    gone: z.array(ref).meta({ description: 'They live elsewhere; what was restored of them is gone here' }),
    busy: z.boolean().meta({ description: 'Something is under way there: ask again' }),
  })
  .meta({ id: 'Fenced' });

export const certificateSchema = z
  .object({
    request: z.string(),
    profile: z.string(),
    scope: z.enum(['person', 'identity']),
    suppress: z.boolean(),
    requestedAt: instant,
    finishedAt: instant.nullable().meta({ description: 'null: goes on by itself; ask again' }),
    step: z.enum(['asked', 'profile', 'copies']),
    deleted: z.object({
      identities: z.int(),
      events: z.int(),
      archiveKeys: z.int(),
      indexRows: z.int(),
      deadLetters: z.int(),
    }),
    remains: z.array(z.object({ where: z.string(), until: instant.nullable(), what: z.string() })),
  })
  .meta({ id: 'ErasureCertificate', description: 'What was deleted where, and what remains how long' });
