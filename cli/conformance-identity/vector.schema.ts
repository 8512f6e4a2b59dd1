import { z } from 'zod';

const value = z.union([z.string(), z.number(), z.null()]);
const ids = z.record(z.string(), z.union([value, z.array(value)]));
const named = z.union([z.string(), z.array(z.string()), ids]);

const namespaceSchema = z.strictObject({
  code: z.string(),
  type: z.enum(['PERSON', 'EMAIL', 'PHONE', 'DEVICE', 'COOKIE', 'ANY']),
  unique: z.boolean().default(false),
  priority: z.number(),
  limit: z.number().nullish(),
  windowMs: z.number().nullish(),
  /** One name, or several that apply together (`["trim", "lowercase"]`). */
  normalize: z.union([z.string(), z.array(z.string())]).nullish(),
  pattern: z.string().nullish(),
  linkTrust: z.enum(['verified', 'claimed']).optional(),
});

const blockedSchema = z.strictObject({
  ns: z.string(),
  match: z.enum(['exact', 'iexact', 'regex', 'notregex', 'blank', 'maxlen', 'namespace']),
  value: z.union([z.string(), z.number(), z.null()]).optional(),
});

/** A threshold that flags a device with many owners. It is a sign for people to look at and moves no link. */
const sharedDevice = z.union([
  z.number(),
  z.literal('flag'),
  z.literal('last-authenticated'),
  z.strictObject({ maxOwners: z.number().optional(), owners: z.number().optional(), windowMs: z.number().optional() }),
]);

const attributesPolicy = z.union([
  z.enum(['timestamp', 'timestamp-ordered', 'timestampOrdered', 'newest', 'latest']),
  z.array(z.string()),
  z.strictObject({
    mode: z.string().optional(),
    precedence: z.array(z.string()).optional(),
    datasetPrecedence: z.array(z.string()).optional(),
    order: z.array(z.string()).optional(),
  }),
]);

const configShape = {
  mode: z.literal('replay').optional(),
  namespaces: z.array(namespaceSchema),
  blocked: z.array(blockedSchema).optional(),
  limits: z
    .strictObject({
      maxIdentities: z.number().nullish(),
      maxIdentitiesPerEvent: z.number().nullish(),
      maxMerges: z.number().nullish(),
    })
    .optional(),
  policy: z
    .strictObject({
      anonymousHistory: z.enum(['follow-device', 'stay']).optional(),
      displace: z.enum(['authenticated', 'any']).optional(),
      attributes: attributesPolicy.optional(),
      consent: z.literal('restrictive').optional(),
      anonymousTtlMs: z.number().nullish(),
      anonymousNamespaces: z.array(z.string()).nullish(),
      identityTtlMs: z.number().nullish(),
      maxClockSkewMs: z.number().nullish(),
      sharedDevice: sharedDevice.nullish(),
    })
    .optional(),
};

const configSchema = z.strictObject(configShape);

const status = z.enum(['GRANTED', 'DENIED']);

const AUTH = [
  'verified',
  'authenticated',
  'claimed',
  'unverified',
  'recognised',
  'loggedOut',
  'anonymous',
  'none',
] as const;

const stepSchema = z.strictObject({
  t: z.number(),
  id: z.string(),
  op: z
    .enum(['event', 'identify', 'alias', 'mergeForce', 'logout', 'split', 'erase', 'config', 'advance', 'restore'])
    .default('event'),
  ids: ids.default({}),
  into: named.optional(),
  from: named.optional(),
  scope: z.enum(['identity', 'person']).optional(),
  suppress: z.boolean().optional(),
  config: z.strictObject(configShape).partial().optional(),
  /** Of op `config`: the changes may stand in the step itself. */
  namespaces: configShape.namespaces.optional(),
  blocked: configShape.blocked,
  limits: configShape.limits,
  policy: configShape.policy,
  set: z.record(z.string(), z.json()).optional(),
  inc: z.record(z.string(), z.number()).optional(),
  dataset: z.string().optional(),
  consent: z
    .record(
      z.string(),
      z.union([
        status.transform((word) => ({ status: word, t: undefined })),
        z.strictObject({ status, t: z.number().optional() }),
      ]),
    )
    .optional(),
  assign: z.record(z.string(), z.string()).optional(),
  auth: z.union([z.boolean(), z.enum(AUTH)]).optional(),
  receivedAt: z.number().nullish(),
  concurrent: z.string().optional(),
  hint: z.string().optional(),
  /** The object at which a request comes in. Which end it is must not show. */
  entry: z.string().optional(),
  /** Asks that the profile of this very event live on. Our host rule is fixed (spec 3.4), so it changes nothing. */
  forceMaster: z.boolean().optional(),
  private: z.boolean().optional(),
  persona: z.union([z.string(), z.boolean()]).nullish(),
  object: z.string().optional(),
  to: z.union([z.string(), z.number()]).optional(),
  note: z.string().optional(),
});

/** One vector. Strict on purpose: a word that the runner does not know must fail the vector, never be skipped. */
export const vectorSchema = z.strictObject({
  id: z.string(),
  tier: z.enum(['core', 'protocol', 'optional']),
  basis: z.string().optional(),
  source: z.string().optional(),
  note: z.string().optional(),
  config: configSchema,
  steps: z.array(stepSchema),
  /** Fields are read by `check-expectation.ts`, which fails on what it does not know. */
  expect: z.record(z.string(), z.json()),
  harness: z.record(z.string(), z.json()).optional(),
  /** Why this one is not asked of the real objects. */
  engineOnly: z.string().optional(),
});

export type Vector = z.infer<typeof vectorSchema>;
export type VectorConfig = z.infer<typeof configSchema>;
export type VectorStep = z.infer<typeof stepSchema>;
