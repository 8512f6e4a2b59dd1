import { z } from 'zod';
import {
  offerInputSchema,
  offerSchema,
  placementSchema,
  rankerInputSchema,
  rankerSchema,
} from '../decision/decision.schema.ts';
import type { Offer } from '../decision/offer.ts';
import type { Placement } from '../decision/placement.ts';
import type { Ranker } from '../decision/ranker.ts';
import { AUTH_STATES } from '../event/event.ts';
import { experimentInputSchema, experimentSchema, globalHoldoutShape } from '../experiment/experiment.schema.ts';
import type { Experiment } from '../experiment/experiment.ts';
import {
  completeIdentityConfig,
  identityConfigProblems,
  identityConfigShape,
} from '../identity/identity-config.schema.ts';
import { annotations, name, slug } from '../lib/fields.schema.ts';
import { limit } from '../lib/limits.ts';
import type { Measure } from '../measure/measure.ts';
import { strategySchema } from '../model/recommend/strategy.schema.ts';
import { LABELS } from '../policy/labels.ts';
import { PURPOSES } from '../policy/purposes.ts';
import type { Attribute } from '../profile/attribute.ts';
import { expressionInput, segmentInputSchema, segmentSchema, storedExpression } from '../segment/schema.ts';
import type { Segment } from '../segment/segment.ts';
import { trackingPlanSchema } from '../source/tracking-plan.schema.ts';
import { isAttributeId, isOrigin, isRetainedType, isTimeZone, isWriteKey } from './names.ts';
import { proofKeyInput, storedProofKey } from './proof-key.schema.ts';
import {
  DEFAULT_SETTING,
  type ResourceKind,
  type ResourceOf,
  type Setting,
  type Source,
  type Strategy,
  type Written,
} from './resources.ts';

/** Stored and wire form of what operators configure. Members unknown to a schema are refused, never dropped in silence. */

const purpose = z.enum(PURPOSES);
const authState = z.enum(AUTH_STATES);

const identifier = z
  .string()
  .refine(isAttributeId, 'a letter, then letters, digits and underscores, 1-64 long, and no word of the rule language');

export const attributeSchema = z
  .strictObject({
    id: identifier,
    name,
    ...annotations,
    type: z.enum(['string', 'number', 'boolean', 'instant', 'list']),
    labels: z.array(z.enum(LABELS)).max(LABELS.length).default([]),
    public: z.boolean().default(false),
    requires: authState.default('authenticated'),
    merge: z
      .strictObject({
        sources: z.array(slug).max(20).default([]).meta({
          description:
            'In the order of their word: the first source that has a value wins. Empty: the newest value wins',
        }),
        lists: z
          .enum(['replace', 'join'])
          .default('replace')
          .meta({ description: 'join: every member that any source says' }),
      })
      .exactOptional()
      .meta({ description: 'How values of several sources become one; left out: the newest wins' }),
  })
  .meta({ id: 'Attribute' });

const measureShape = {
  id: identifier,
  name,
  ...annotations,
  purpose: purpose.default('personalization'),
  public: z.boolean().default(false),
  requires: authState
    .exactOptional()
    .meta({ description: 'Authentication state in which it may be shown. Left out: in any' }),
};
const measureSchema = z.strictObject({ ...measureShape, expression: storedExpression });
const measureInputSchema = z.strictObject({ ...measureShape, expression: expressionInput }).meta({ id: 'Measure' });

const rulesetSettingSchema = z
  .strictObject({
    id: z.literal('ruleset'),
    ...annotations,
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'there is no such time zone: expected UTC or an IANA name such as Europe/Berlin')
      .default(DEFAULT_SETTING.timeZone),
  })
  .meta({ id: 'RulesetSetting' });

const identitySettingSchema = z
  .strictObject({ id: z.literal('identity'), ...annotations, ...identityConfigShape })
  .superRefine((setting, context) =>
    identityConfigProblems(setting, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  )
  // Not a transform: what is stored has the form of what was put, with everything written out.
  .overwrite((setting) => {
    // One order of members, however it was put: equal settings are equal text.
    const { namespaces, blocked, policy, limits, ...named } = setting;
    const whole = completeIdentityConfig({ namespaces, blocked, policy, limits } as typeof setting);
    return { ...named, ...whole } as unknown as typeof setting;
  })
  .meta({ id: 'IdentitySetting' });

const retentionSettingSchema = z
  .strictObject({
    id: z.literal('retention'),
    ...annotations,
    days: z
      .record(
        z.string().refine(isRetainedType, 'an event type, a name that begins with custom., or custom.*'),
        z.int().min(1).max(limit('retentionDays')),
      )
      .refine((days) => Object.keys(days).length <= limit('retentionTypes'), `at most ${limit('retentionTypes')} types`)
      .meta({ description: 'Days that events are kept, by type; a type that is not named is kept for ever' }),
  })
  .meta({ id: 'RetentionSetting' });

const holdoutSettingSchema = z
  .strictObject({ id: z.literal('holdout'), ...annotations, ...globalHoldoutShape })
  .meta({ id: 'HoldoutSetting' });

const reviewSettingSchema = z
  .strictObject({
    id: z.literal('review'),
    ...annotations,
    approvals: z.union([z.literal(0), z.literal(1)]).meta({
      description:
        'People who have to approve a change set, beside those who made it. With 1, drafts cannot be published directly. It counts as it is live',
    }),
  })
  .meta({ id: 'ReviewSetting' });

export const settingSchema = z.discriminatedUnion('id', [
  rulesetSettingSchema,
  identitySettingSchema,
  retentionSettingSchema,
  holdoutSettingSchema,
  reviewSettingSchema,
]);

const sdkOptions = z.strictObject({
  pageViews: z.boolean().default(true),
  endpoint: z
    .string()
    .max(200)
    .regex(/^(?:|\/[\w\-./]*|https?:\/\/[a-z0-9.:[\]-]+(?:\/[\w\-./]*)?)$/, 'a path, an absolute URL, or empty')
    .default(''),
});

const sourceShape = {
  id: slug,
  name,
  ...annotations,
  allowedOrigins: z
    .array(z.string().max(255).refine(isOrigin, 'an exact origin such as https://shop.example'))
    .max(50)
    .default([]),
  identityMode: z.enum(['cookie', 'token']).default('cookie'),
  crossSite: z.boolean().default(false),
  group: slug.default('default'),
  revokedBefore: z.int().min(0).max(0xffff_ffff).exactOptional().meta({
    description:
      'Seconds since 1970: visitor tokens of the group that were signed before are refused, and their visitors start anew',
  }),
  jurisdiction: z.enum(['none', 'eu', 'us']).default('none'),
  defaultConsent: z.partialRecord(purpose, z.enum(['in', 'out', 'pending'])).default({}),
  trustBrowserMoney: z.boolean().default(false),
  sdk: sdkOptions.default({ pageViews: true, endpoint: '' }),
};
/** Those of sets counted one by one. */
export const MAX_PROOF_KEYS = 20;
const writeKeys = z.array(z.string().refine(isWriteKey, 'wk_<space>.<random>')).max(20);
const serverKeyHashes = z.array(z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 as 64 hex digits')).max(20);

export const sourceSchema = z.strictObject({
  ...sourceShape,
  writeKeys,
  serverKeyHashes,
  proofKeys: z.array(storedProofKey).max(MAX_PROOF_KEYS),
});

/**
 * What an operator puts, and what a read returns: the same form, so that a source read is a source that can be put back.
 * Keys left out stay as they are; a secret is write-only: leave it out to keep the one that is stored under this `kid`.
 */
export const sourceInputSchema = z
  .strictObject({
    ...sourceShape,
    /** Left out of a new source: one is made. */
    writeKeys: writeKeys.exactOptional(),
    /** Take one out to revoke it; new ones are made by `POST /sources/{id}/server-keys`. */
    serverKeyHashes: serverKeyHashes.exactOptional(),
    /** A key each, or sets of public keys (JWKS), which are stored as their keys. */
    proofKeys: z.array(proofKeyInput).max(MAX_PROOF_KEYS).exactOptional(),
  })
  .meta({ id: 'Source' });
export type SourceInput = z.output<typeof sourceInputSchema>;

const recommendationSchema = strategySchema
  .extend({ name: name.exactOptional(), ...annotations })
  .meta({ id: 'RecommendationStrategy' });

/** The stored form of each kind. */
export const RESOURCE_SCHEMAS = {
  source: sourceSchema as z.ZodType<Source>,
  attribute: attributeSchema as z.ZodType<Attribute>,
  measure: measureSchema as z.ZodType<Measure>,
  segment: segmentSchema as z.ZodType<Segment>,
  placement: placementSchema as z.ZodType<Placement>,
  offer: offerSchema as unknown as z.ZodType<Offer>,
  ranker: rankerSchema as unknown as z.ZodType<Ranker>,
  experiment: experimentSchema as z.ZodType<Experiment>,
  strategy: recommendationSchema as z.ZodType<Strategy>,
  trackingPlan: trackingPlanSchema,
  setting: settingSchema as z.ZodType<Setting>,
} as const satisfies { readonly [K in ResourceKind]: z.ZodType<ResourceOf[K]> };

/** What a PUT takes. */
export const RESOURCE_INPUT_SCHEMAS = {
  ...RESOURCE_SCHEMAS,
  source: sourceInputSchema as z.ZodType<SourceInput>,
  measure: measureInputSchema as z.ZodType<Written<Measure>>,
  segment: segmentInputSchema as z.ZodType<Written<Segment>>,
  offer: offerInputSchema as unknown as z.ZodType<Written<Offer>>,
  ranker: rankerInputSchema as unknown as z.ZodType<Written<Ranker>>,
  experiment: experimentInputSchema as z.ZodType<Written<Experiment>>,
} as const;

/** A place in JSON from a path of members. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export interface SchemaProblem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** Of the place in rule text, both from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** All issues of a failed parse. Details never repeat the value that was sent: it may be a secret. */
export function schemaProblems(error: z.ZodError): readonly SchemaProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, []));
}

function problemsOf(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): readonly SchemaProblem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      code: 'unknownField',
      detail: 'there is no such member',
    }));
  }
  if (issue.code === 'invalid_union') {
    // A branch of another type was not meant; of the others one that only complains further inside, then the one that complains least.
    const sameType = issue.errors.filter(
      (branch) => !branch.some((each) => each.code === 'invalid_type' && each.path.length === 0),
    );
    const inside = sameType.filter((branch) => branch.every(({ path: place }) => place.length > 1));
    const meant = [inside, sameType, issue.errors].find((branches) => branches.length > 0) ?? [];
    const nearest = [...meant].sort((a, b) => a.length - b.length)[0];
    if (nearest && nearest.length > 0) return nearest.flatMap((inner) => problemsOf(inner, path));
  }
  return [{ pointer: pointerOf(path), code: SCHEMA_CODES[issue.code] ?? 'invalid', detail: issue.message }];
}

const SCHEMA_CODES: Readonly<Record<string, string>> = {
  invalid_type: 'type',
  invalid_value: 'value',
  invalid_format: 'format',
  invalid_union: 'value',
  invalid_key: 'key',
  too_small: 'tooSmall',
  too_big: 'tooLarge',
};
