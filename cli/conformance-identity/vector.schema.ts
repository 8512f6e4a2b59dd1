import { z } from 'zod';

const value = z.union([z.string(), z.number(), z.null()]);
const ids = z.record(z.string(), z.union([value, z.array(value)]));
const named = z.union([z.string(), z.array(z.string()), ids]);

const namespaceSchema = z.strictObject({
  code: z.string(),
  type: z.enum(['PERSON', 'EMAIL', 'PHONE', 'DEVICE', 'COOKIE', 'ANY']),
  unique: z.boolean(),
  priority: z.number(),
  limit: z.number().nullish(),
  windowMs: z.number().nullish(),
  normalize: z.string().nullish(),
  pattern: z.string().nullish(),
  linkTrust: z.enum(['verified', 'claimed']).optional(),
});

const blockedSchema = z.strictObject({
  ns: z.string(),
  match: z.enum(['exact', 'iexact', 'regex', 'notregex', 'blank', 'maxlen', 'namespace']),
  value: z.union([z.string(), z.number(), z.null()]).optional(),
});

const configShape = {
  mode: z.literal('replay').optional(),
  namespaces: z.array(namespaceSchema),
  blocked: z.array(blockedSchema).optional(),
  limits: z
    .strictObject({
      maxIdentities: z.number().optional(),
      maxIdentitiesPerEvent: z.number().optional(),
      maxMerges: z.number().optional(),
    })
    .optional(),
  policy: z
    .strictObject({
      anonymousHistory: z.enum(['follow-device', 'stay']).optional(),
      displace: z.enum(['authenticated', 'any']).optional(),
      attributes: z
        .union([
          z.enum(['timestamp', 'newest']),
          z.array(z.string()),
          z.strictObject({ precedence: z.array(z.string()) }),
        ])
        .optional(),
      consent: z.literal('restrictive').optional(),
      anonymousTtlMs: z.number().nullish(),
      anonymousNamespaces: z.array(z.string()).nullish(),
      identityTtlMs: z.number().nullish(),
      maxClockSkewMs: z.number().optional(),
    })
    .optional(),
};

const configSchema = z.strictObject(configShape);

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
  set: z.record(z.string(), z.json()).optional(),
  inc: z.record(z.string(), z.number()).optional(),
  dataset: z.string().optional(),
  consent: z
    .record(z.string(), z.strictObject({ status: z.enum(['GRANTED', 'DENIED']), t: z.number().optional() }))
    .optional(),
  assign: z.record(z.string(), z.string()).optional(),
  auth: z.union([z.boolean(), z.enum(AUTH)]).optional(),
  receivedAt: z.number().optional(),
  concurrent: z.string().optional(),
  hint: z.string().optional(),
  entry: z.string().optional(),
  object: z.string().optional(),
  to: z.string().optional(),
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
});

export type Vector = z.infer<typeof vectorSchema>;
export type VectorConfig = z.infer<typeof configSchema>;
export type VectorStep = z.infer<typeof stepSchema>;
