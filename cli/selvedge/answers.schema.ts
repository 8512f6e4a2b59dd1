import { z } from 'zod';

/** What we read of the answers of the operator API. What a newer server adds is let be. */

const plain = z.record(z.string(), z.unknown());

/** A file is named by it: nothing that leads elsewhere. */
const resourceId = z.string().regex(/^[A-Za-z0-9][\w.-]{0,127}$/);

export const shownResource = z.looseObject({
  id: resourceId,
  version: z.int(),
  archived: z.boolean(),
  updatedAt: z.string(),
  updatedBy: z.string(),
  resource: plain,
  views: z.looseObject({ text: z.string(), sentence: z.string() }).nullish(),
});
export type ShownResource = z.output<typeof shownResource>;

export const resourcePage = z.looseObject({ items: z.array(shownResource), next: z.string().nullable() });

export const myself = z.looseObject({
  name: z.string(),
  space: z.string(),
  role: z.string(),
  expiresAt: z.string().nullable(),
});

const count = { count: z.int(), last: z.string().nullable() };

export const liveEntry = z.discriminatedUnion('is', [
  z.looseObject({
    is: z.literal('event'),
    at: z.string(),
    source: z.string(),
    type: z.string(),
    profile: z.string(),
    fields: z.record(z.string(), z.string()),
    deviations: z.array(z.looseObject({ kind: z.string(), field: z.string().nullable() })),
    data: plain.optional(),
  }),
  z.looseObject({
    is: z.literal('refusal'),
    at: z.string(),
    source: z.string(),
    type: z.string().nullable(),
    code: z.string(),
    pointer: z.string().nullable(),
  }),
  z.looseObject({
    is: z.literal('decision'),
    at: z.string(),
    placement: z.string(),
    offer: z.string().nullable(),
    reason: z.string(),
    variant: z.string().nullable(),
  }),
]);

export const liveView = z.looseObject({
  recent: z.array(liveEntry),
  since: z.string(),
  published: z.looseObject({ sequence: z.int(), publishedAt: z.string(), percent: z.int() }).nullable(),
  frozen: z.looseObject({ by: z.string(), since: z.string(), reason: z.string() }).nullable(),
  sources: z.array(
    z.looseObject({
      source: z.string(),
      events: z.int(),
      unexpected: z.int(),
      refused: z.int(),
      last: z.string().nullable(),
    }),
  ),
  queues: z.array(
    z.looseObject({ queue: z.string(), at: z.string(), backlog: z.number().nullable(), lagMs: z.number() }),
  ),
  deadLetters: z.int(),
  limits: z.array(z.looseObject({ limit: z.string(), used: z.number(), most: z.number(), unit: z.string() })),
});

export const deadLetterPage = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      at: z.string(),
      queue: z.string(),
      reason: z.string(),
      events: z.int(),
      bytes: z.int(),
    }),
  ),
});

export const trackingReport = z.looseObject({
  plan: z.boolean(),
  events: z.array(
    z.looseObject({
      type: z.string(),
      planned: z.boolean(),
      unused: z.boolean(),
      ...count,
      fields: z.array(z.looseObject({ field: z.string(), planned: z.boolean(), unused: z.boolean(), ...count })),
    }),
  ),
  deviations: z.array(z.looseObject({ kind: z.string(), type: z.string(), field: z.string().nullable(), ...count })),
  refused: z.array(z.looseObject({ code: z.string(), type: z.string().nullable(), ...count })),
});

export const published = z.looseObject({
  sequence: z.int(),
  publishedAt: z.string(),
  cached: z.boolean(),
  warnings: z.array(z.looseObject({ kind: z.string(), id: z.string(), pointer: z.string(), detail: z.string() })),
});

export const gradualState = z.looseObject({
  sequence: z.int().nullable(),
  stable: z.int().nullable(),
  percent: z.int(),
  since: z.int().nullable(),
});

export const sequencePage = z.looseObject({
  items: z.array(
    z.looseObject({
      sequence: z.int(),
      publishedAt: z.string(),
      actor: z.string(),
      note: z.string().nullable(),
      percent: z.int().nullable().default(null),
      restored: z.int().nullable(),
      data: z.string().nullable(),
    }),
  ),
  next: z.int().nullable(),
});

export const auditPage = z.looseObject({
  items: z.array(
    z.looseObject({
      number: z.int(),
      at: z.string(),
      actor: z.string(),
      action: z.string(),
      kind: z.string(),
      subject: z.string(),
      beforeVersion: z.int().nullable(),
      afterVersion: z.int().nullable(),
      note: z.string().nullable(),
    }),
  ),
  next: z.int().nullable(),
});

export const verifiedAudit = z.looseObject({
  intact: z.boolean(),
  entries: z.int(),
  broken: z.looseObject({ number: z.int(), why: z.string() }).nullable(),
});

export const validated = z.looseObject({
  valid: z.boolean(),
  problems: z.array(z.looseObject({ kind: z.string(), id: z.string(), pointer: z.string(), detail: z.string() })),
});

const identity = z.looseObject({ namespace: z.string(), value: z.string() });
const stamp = z.looseObject({ at: z.string(), source: z.string().nullish() }).nullable();

export const person = z.looseObject({
  profile: z.string(),
  state: z.string(),
  createdAt: z.string(),
  identities: z.array(
    identity.extend({
      trust: z.string(),
      state: z.string(),
      events: z.int(),
      firstSeen: z.string(),
      lastSeen: z.string(),
    }),
  ),
  links: z.array(z.looseObject({ a: identity, b: identity, verifiedAt: stamp, claimedAt: stamp })),
  attributes: plain,
});
export type Person = z.output<typeof person>;

export const graphChange = z.looseObject({
  request: z.string(),
  dryRun: z.boolean(),
  done: z.boolean(),
  profiles: z.array(z.array(identity)),
  removed: z.array(z.looseObject({ a: identity, b: identity })),
  refused: z.string().nullable(),
});

export const exportPage = z.looseObject({
  person: person.nullable(),
  memberships: z.array(plain),
  events: z.array(plain),
  next: z.string().nullable(),
});

export const erasure = z.looseObject({
  request: z.string(),
  profile: z.string(),
  scope: z.string(),
  finishedAt: z.string().nullable(),
  step: z.string(),
  deleted: z.record(z.string(), z.number()),
  remains: z.array(z.looseObject({ where: z.string(), until: z.string().nullable(), what: z.string() })),
});

export interface ExplainedNode {
  readonly kind: string;
  readonly sentence: string;
  readonly truth?: boolean | null | undefined;
  readonly value?: unknown;
  readonly children: readonly ExplainedNode[];
}
const explainedNode: z.ZodType<ExplainedNode> = z.lazy(() =>
  z.looseObject({
    kind: z.string(),
    sentence: z.string(),
    truth: z.boolean().nullable().optional(),
    value: z.unknown().optional(),
    children: z.array(explainedNode),
  }),
);
export const explained = z.looseObject({
  profile: z.string(),
  sequence: z.int().nullable(),
  member: z.boolean(),
  since: z.string().nullable(),
  cause: z.string().nullable(),
  sentence: z.string(),
  nextChange: z.string().nullable(),
  tree: explainedNode,
});

export const segmentCounts = z.looseObject({
  items: z.array(
    z.looseObject({ segment: z.string(), members: z.int(), known: z.int(), corrected: z.int(), exact: z.boolean() }),
  ),
});
export const membershipChanges = z.looseObject({
  items: z.array(z.looseObject({ at: z.string(), segment: z.string(), entered: z.int(), exited: z.int() })),
});

export const explainedDecision = z.looseObject({
  request: z.string(),
  at: z.string(),
  sequence: z.int(),
  profile: z.string().nullable(),
  agrees: z.boolean(),
  shown: z.array(
    z.looseObject({ placement: z.string(), offer: z.string().nullable(), reason: z.string(), because: z.string() }),
  ),
  trace: z.array(
    z.looseObject({
      placement: z.string(),
      offer: z.string(),
      rejection: z.string().nullable(),
      because: z.string(),
      score: z.number().optional(),
    }),
  ),
});

const estimate = z.looseObject({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const sampleRatio = z.looseObject({ alarm: z.boolean().optional() }).nullable();
const comparedGroup = {
  exposed: z.array(
    z.looseObject({
      variant: z.string(),
      weight: z.number(),
      people: z.number(),
      decisions: z.number().optional(),
      impressions: z.number().optional(),
      clicks: z.number().optional(),
    }),
  ),
  sampleRatio,
  metrics: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      primary: z.boolean(),
      variants: z.array(
        z.looseObject({
          variant: z.string(),
          verdict: z.string(),
          people: z.number(),
          conversions: z.number(),
          sum: z.number(),
          mean: z.number().nullable(),
          relative: estimate.nullable(),
          p: z.number().nullable(),
        }),
      ),
    }),
  ),
};
export const experimentResults = z.looseObject({
  experiment: z.string(),
  version: z.int(),
  status: z.string(),
  ...comparedGroup,
  holdout: z.looseObject(comparedGroup).nullable(),
});
