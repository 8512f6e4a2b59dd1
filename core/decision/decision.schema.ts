import { z } from 'zod';
import { AUTH_STATES } from '../event/event.ts';
import { findEventType } from '../event/registry.ts';
import { annotations, content, instant, name, noDoubles, slug } from '../lib/fields.schema.ts';
import type { JsonValue } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { expressionInput, storedExpression } from '../segment/schema.ts';
import { CAP_COUNTS, CAP_UNITS } from './cap.ts';
import { parseDuration } from './duration.ts';
import { CONTENT_KINDS, type ContentKind, VALUE_TYPES } from './placement.ts';

/** Stored and wire form of placements, offers and rankers. What only looks at one of them is checked here, the rest at publish. */

const LONGEST_MS = limit('capWindowDays') * 86_400_000;
const duration = z
  .string()
  .max(40)
  .refine(
    (text) => {
      const ms = parseDuration(text);
      return ms !== null && ms <= LONGEST_MS;
    },
    `an ISO 8601 duration of weeks, or of days and hours, without months: P7D, PT30M; at most ${limit('capWindowDays')} days`,
  )
  .meta({ examples: ['P7D', 'PT30M'] });

const isEventType = (type: string): boolean => findEventType(type) !== null;
const eventType = z
  .string()
  .max(100)
  .refine(isEventType, 'there is no such event type')
  .meta({ examples: ['order.placed'] });
const counted = z
  .string()
  .max(100)
  .refine((of) => isOwnCount(of) || isEventType(of), `one of ${CAP_COUNTS.join(', ')}, or an event type`)
  .meta({ examples: [...CAP_COUNTS, 'order.placed'] });

const isOwnCount = (of: string): boolean => (CAP_COUNTS as readonly string[]).includes(of);

const capShape = {
  count: z.int().min(1).max(limit('capCount')),
  of: counted,
  within: z
    .union([z.strictObject({ last: duration }), z.strictObject({ this: z.enum(CAP_UNITS) })])
    .exactOptional()
    .meta({ description: 'Left out: ever. last: rolling; this: of the calendar in the zone of the rules' }),
};
const placementCap = z.strictObject(capShape).meta({ id: 'PlacementCap' });
const offerCap = z
  .strictObject({
    ...capShape,
    in: z.literal('placement').exactOptional().meta({ description: 'Counted in each of its placements alone' }),
  })
  .refine((cap) => cap.in === undefined || (cap.of !== 'decision' && isOwnCount(cap.of)), {
    path: ['in'],
    message: 'only impressions, clicks and dismissals are counted in a placement alone',
  })
  .meta({ id: 'OfferCap' });

const caps = limit('capsPerOwner');

export const placementSchema = z
  .strictObject({
    id: slug,
    name,
    ...annotations,
    kind: z.enum(CONTENT_KINDS),
    valueType: z.enum(VALUE_TYPES).exactOptional().meta({ description: 'Of kind value only; left out: json' }),
    fallback: content.default(null),
    count: z
      .int()
      .min(1)
      .max(limit('proposedOffers'))
      .exactOptional()
      .meta({ description: 'Offers at most; left out: 1' }),
    dedupeGroup: slug
      .exactOptional()
      .meta({ description: 'Placements of one answer that share it never show the same offer' }),
    priority: z
      .int()
      .min(-1_000_000)
      .max(1_000_000)
      .exactOptional()
      .meta({ description: 'Higher chooses first where placements compete; left out: 0' }),
    ranker: slug.exactOptional().meta({ description: 'Left out: the priority of the offers' }),
    caps: z.array(placementCap).max(caps).exactOptional(),
  })
  .refine(({ kind, valueType }) => valueType === undefined || kind === 'value', {
    path: ['valueType'],
    message: 'only placements of kind value have it',
  })
  .meta({ id: 'Placement' });

const contentsByKind = z.partialRecord(z.enum(CONTENT_KINDS), content) as unknown as z.ZodType<{
  readonly [K in ContentKind]?: JsonValue;
}>;
/** The tags of BCP 47 that translations have, written as it recommends. */
const LANGUAGE = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?(?:-[a-z0-9]{5,8})?$/;
const language = z.string().regex(LANGUAGE, 'a language tag such as ko, pt-BR or zh-Hant');

const offerShape = {
  id: slug,
  name,
  ...annotations,
  placements: z.array(slug).max(100),
  priority: z.number().int().min(-1_000_000).max(1_000_000).default(0),
  schedule: z.strictObject({ from: instant.exactOptional(), until: instant.exactOptional() }).exactOptional(),
  purpose: z.enum(PURPOSES).default('personalization'),
  requires: z.enum(AUTH_STATES).default('anonymous'),
  content: content
    .exactOptional()
    .meta({ description: 'For every kind of placement that contents has nothing for; strings may be templates' }),
  contents: contentsByKind.exactOptional(),
  translations: z
    .record(
      language,
      z
        .strictObject({ content: content.exactOptional(), contents: contentsByKind.exactOptional() })
        .meta({ description: 'Stands in place of what the offer says itself' }),
    )
    .refine(
      (all) => Object.keys(all).length <= limit('languagesPerOffer'),
      `at most ${limit('languagesPerOffer')} languages`,
    )
    .exactOptional(),
  item: z.string().min(1).max(512).exactOptional().meta({ description: 'Id of the catalogue item that it is about' }),
  caps: z.array(offerCap).max(caps).exactOptional(),
  suppressAfter: z
    .array(
      z.strictObject({
        event: eventType,
        ownItem: z.boolean().exactOptional().meta({ description: 'Only when the event names the item of the offer' }),
        for: duration.exactOptional().meta({ description: 'Left out: for ever' }),
      }),
    )
    .max(caps)
    .exactOptional(),
  coolDown: duration.exactOptional().meta({ description: 'Not shown for so long after the visitor dismissed it' }),
  exclusionGroup: slug.exactOptional().meta({ description: 'At most one offer of a group in an answer' }),
  budget: z
    .strictObject({ total: z.int().min(1).max(1_000_000_000) })
    .exactOptional()
    .meta({ description: 'How often in all, over all people' }),
};

interface OfferForm {
  readonly content?: JsonValue | undefined;
  readonly contents?: object | undefined;
  readonly item?: string | undefined;
  readonly suppressAfter?: readonly { readonly event: string; readonly ownItem?: boolean | undefined }[] | undefined;
}

function checkOffer(offer: OfferForm, context: z.RefinementCtx): void {
  const report = (path: readonly PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path: [...path], message });
  if (offer.content === undefined && Object.keys(offer.contents ?? {}).length === 0)
    report(['content'], 'an offer has content, or contents by kind');
  offer.suppressAfter?.forEach(({ event, ownItem }, i) => {
    if (!ownItem) return;
    if (offer.item === undefined) report(['suppressAfter', i, 'ownItem'], 'the offer is about no item');
    if (!findEventType(event)?.productAt) report(['suppressAfter', i, 'ownItem'], 'events of this type name no item');
  });
}

/** Not a transform: what is stored has the form of what was put, with everything written out. */
function withContent<T extends { content?: JsonValue | undefined }>(offer: T): T {
  return offer.content === undefined ? { ...offer, content: null } : offer;
}

export const offerSchema = z
  .strictObject({ ...offerShape, eligibility: storedExpression.exactOptional() })
  .superRefine(checkOffer)
  .overwrite(withContent);
export const offerInputSchema = z
  .strictObject({ ...offerShape, eligibility: expressionInput.exactOptional() })
  .superRefine(checkOffer)
  .overwrite(withContent)
  .meta({ id: 'Offer' });

const bucket = z
  .string()
  .max(128)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?|context(?:\.[A-Za-z][A-Za-z0-9_]{0,63}){1,6})$/, {
    message: 'the id of a segment, or a path such as context.device.type',
  });

function rankerSchemaOf(expression: typeof storedExpression | typeof expressionInput) {
  const base = { id: slug, name, ...annotations };
  return z.discriminatedUnion('method', [
    z.strictObject({ ...base, method: z.literal('priority') }),
    z.strictObject({
      ...base,
      method: z.literal('formula'),
      expression: expression.meta({
        description:
          'A number for each offer, higher first; offer.priority, offer.tags, offer.item, offer.id are its own',
      }),
    }),
    z.strictObject({
      ...base,
      method: z.literal('affinity'),
      measure: z.string().max(64).meta({ description: 'A measure that holds interests, or a favourite' }),
    }),
    z.strictObject({ ...base, method: z.literal('recommendation'), strategy: slug }),
    z.strictObject({
      ...base,
      method: z.literal('bandit'),
      goal: z.enum(['click', 'conversion', 'revenue']).default('click'),
      buckets: z
        .array(bucket)
        .max(2)
        .superRefine(noDoubles)
        .exactOptional()
        .meta({ description: 'What divides visitors: segments, or paths of the context' }),
      exploration: z
        .number()
        .min(0)
        .max(0.5)
        .default(0.05)
        .meta({ description: 'Share of answers that all arms together get at random' }),
    }),
    z.strictObject({
      ...base,
      method: z.literal('manual'),
      order: z.array(slug).min(1).max(limit('offersPerRuleset')).superRefine(noDoubles),
    }),
  ]);
}

export const rankerSchema = rankerSchemaOf(storedExpression);
export const rankerInputSchema = rankerSchemaOf(expressionInput).meta({ id: 'Ranker' });
