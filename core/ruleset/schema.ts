import { z } from 'zod';
import type { Offer, Placement } from '../decision/offer.ts';
import { AUTH_STATES } from '../event/event.ts';
import { isSlug } from '../lib/ids.ts';
import { parseInstant } from '../lib/instant.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Measure } from '../measure/measure.ts';
import { LABELS } from '../policy/labels.ts';
import { PURPOSES } from '../policy/purposes.ts';
import type { Attribute } from '../profile/attribute.ts';
import { expressionInput, segmentInputSchema, segmentSchema, storedExpression } from '../segment/schema.ts';
import type { Segment } from '../segment/segment.ts';
import { isAttributeId, isOrigin, isTimeZone, isWriteKey } from './names.ts';
import {
  DEFAULT_SETTING,
  type ResourceKind,
  type ResourceOf,
  type RulesetSetting,
  type Source,
  type Written,
} from './resources.ts';

/** Stored and wire form of what operators configure. Members unknown to a schema are refused, never dropped in silence. */

const slug = z
  .string()
  .refine(isSlug, 'lower-case letters, digits and dashes, 1-32 long')
  .meta({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$' });
const name = z.string().trim().min(1).max(120);
const purpose = z.enum(PURPOSES);
const authState = z.enum(AUTH_STATES);
const content = z.json() as unknown as z.ZodType<JsonValue>;
const instant = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== null, 'ISO 8601 with an offset')
  .meta({ examples: ['2026-11-22T10:00:00Z'] });

const identifier = z
  .string()
  .refine(isAttributeId, 'a letter, then letters, digits and underscores, 1-64 long, and no word of the rule language');

export const attributeSchema = z
  .strictObject({
    id: identifier,
    name,
    type: z.enum(['string', 'number', 'boolean', 'instant', 'list']),
    labels: z.array(z.enum(LABELS)).max(LABELS.length).default([]),
    public: z.boolean().default(false),
    requires: authState.default('authenticated'),
  })
  .meta({ id: 'Attribute' });

const measureShape = {
  id: identifier,
  name,
  description: z.string().max(2000).exactOptional(),
  purpose: purpose.default('personalization'),
  public: z.boolean().default(false),
};
const measureSchema = z.strictObject({ ...measureShape, expression: storedExpression });
const measureInputSchema = z.strictObject({ ...measureShape, expression: expressionInput }).meta({ id: 'Measure' });

export const settingSchema = z
  .strictObject({
    id: z.literal('ruleset'),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'there is no such time zone: expected UTC or an IANA name such as Europe/Berlin')
      .default(DEFAULT_SETTING.timeZone),
  })
  .meta({ id: 'Setting' });

export const placementSchema = z
  .strictObject({ id: slug, name, kind: z.enum(['html', 'json']), fallback: content.default(null) })
  .meta({ id: 'Placement' });

const offerShape = {
  id: slug,
  name,
  placements: z.array(slug).max(100),
  priority: z.number().int().min(-1_000_000).max(1_000_000).default(0),
  schedule: z.strictObject({ from: instant.exactOptional(), until: instant.exactOptional() }).exactOptional(),
  purpose: purpose.default('personalization'),
  requires: authState.default('anonymous'),
  content,
};
export const offerSchema = z.strictObject({ ...offerShape, eligibility: storedExpression.exactOptional() });
export const offerInputSchema = z
  .strictObject({ ...offerShape, eligibility: expressionInput.exactOptional() })
  .meta({ id: 'Offer' });

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,1024}$/, 'base64url');
const kid = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, '1-64 of letters, digits and . _ -');
const jwkNotes = {
  kid: z.string().max(64).exactOptional(),
  use: z.literal('sig').exactOptional(),
  alg: z.string().max(16).exactOptional(),
  key_ops: z.array(z.literal('verify')).max(1).exactOptional(),
};
/** Public halves only: a private member, such as `d`, is an unknown member and therefore refused. */
const publicProofKeys = [
  z.strictObject({
    kid,
    alg: z.literal('ES256'),
    publicJwk: z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: base64url,
      y: base64url,
      ...jwkNotes,
    }),
  }),
  z.strictObject({
    kid,
    alg: z.literal('RS256'),
    publicJwk: z.strictObject({
      kty: z.literal('RSA'),
      n: base64url.min(342, 'at least 2048 bits'),
      e: base64url,
      ...jwkNotes,
    }),
  }),
  z.strictObject({
    kid,
    alg: z.literal('EdDSA'),
    publicJwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url, ...jwkNotes }),
  }),
] as const;

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
  allowedOrigins: z
    .array(z.string().max(255).refine(isOrigin, 'an exact origin such as https://shop.example'))
    .max(50)
    .default([]),
  identityMode: z.enum(['cookie', 'token']).default('cookie'),
  crossSite: z.boolean().default(false),
  group: slug.default('default'),
  jurisdiction: z.enum(['none', 'eu', 'us']).default('none'),
  defaultConsent: z.partialRecord(purpose, z.enum(['in', 'out', 'pending'])).default({}),
  trustBrowserMoney: z.boolean().default(false),
  sdk: sdkOptions.default({ pageViews: true, endpoint: '' }),
};
const writeKeys = z.array(z.string().refine(isWriteKey, 'wk_<space>.<random>')).max(20);
const serverKeyHashes = z.array(z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 as 64 hex digits')).max(20);

export const sourceSchema = z.strictObject({
  ...sourceShape,
  writeKeys,
  serverKeyHashes,
  proofKeys: z
    .array(
      z.discriminatedUnion('alg', [
        z.strictObject({ kid, alg: z.literal('HS256'), secretEncrypted: z.string().min(1).max(4096) }),
        ...publicProofKeys,
      ]),
    )
    .max(10),
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
    proofKeys: z
      .array(
        z.discriminatedUnion('alg', [
          z.strictObject({
            kid,
            alg: z.literal('HS256'),
            secret: z.string().min(32, 'at least 32 characters').max(512).exactOptional(),
          }),
          ...publicProofKeys,
        ]),
      )
      .max(10)
      .exactOptional(),
  })
  .meta({ id: 'Source' });
export type SourceInput = z.output<typeof sourceInputSchema>;

/** The stored form of each kind. */
export const RESOURCE_SCHEMAS = {
  source: sourceSchema as z.ZodType<Source>,
  attribute: attributeSchema as z.ZodType<Attribute>,
  measure: measureSchema as z.ZodType<Measure>,
  segment: segmentSchema as z.ZodType<Segment>,
  placement: placementSchema as z.ZodType<Placement>,
  offer: offerSchema as z.ZodType<Offer>,
  setting: settingSchema as z.ZodType<RulesetSetting>,
} as const satisfies { readonly [K in ResourceKind]: z.ZodType<ResourceOf[K]> };

/** What a PUT takes. */
export const RESOURCE_INPUT_SCHEMAS = {
  ...RESOURCE_SCHEMAS,
  source: sourceInputSchema as z.ZodType<SourceInput>,
  measure: measureInputSchema as z.ZodType<Written<Measure>>,
  segment: segmentInputSchema as z.ZodType<Written<Segment>>,
  offer: offerInputSchema as z.ZodType<Written<Offer>>,
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
    // A branch of another type was not meant; of the others most likely the one with the fewest complaints.
    const sameType = issue.errors.filter(
      (branch) => !branch.some((each) => each.code === 'invalid_type' && each.path.length === 0),
    );
    const nearest = [...(sameType.length > 0 ? sameType : issue.errors)].sort((a, b) => a.length - b.length)[0];
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
