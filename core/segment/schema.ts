import { z } from 'zod';
import { findCapProblem } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { PURPOSES } from '../policy/purposes.ts';
import type { Rule } from './rule.ts';

const attributeName = z.string().min(1).max(64);
const segmentId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, '1-32 of lower-case letters, digits and inner dashes');
const fieldPath = z
  .string()
  .max(256)
  .regex(/^[^.]+(?:\.[^.]+){0,7}$/, 'a dotted path of 1-8 names')
  .meta({ examples: ['category', 'context.geo.country'] });

const NUMBER_COMPARISONS = ['=', '!=', '>', '>=', '<', '<='] as const;
const numberComparison = z.enum(NUMBER_COMPARISONS);
const comparison = z.enum([...NUMBER_COMPARISONS, 'in', 'notIn', 'contains', 'startsWith', 'isNull', 'isNotNull']);

const primitive = z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]);
const operand = z.union([
  primitive,
  z.array(primitive).max(1000).readonly(),
  z.strictObject({ attribute: attributeName }),
]);

const eventType = z.string().min(1).max(96);
const eventQuery = z.strictObject({
  types: z
    .tuple([eventType], eventType)
    .refine((types) => types.length <= 50, 'at most 50 types')
    .readonly(),
  where: z
    .array(z.strictObject({ field: fieldPath, is: comparison, value: operand.exactOptional() }))
    .max(50)
    .readonly()
    .exactOptional(),
  within: z
    .strictObject({ amount: z.number().positive(), unit: z.enum(['second', 'minute', 'hour', 'day', 'week']) })
    .exactOptional(),
});

const child: z.ZodType<Rule> = z.lazy(() => ruleNode);
const children = z.array(child).max(limit('ruleNodes')).readonly();

/** One level of a rule; the parts below are `Rule` again. Not annotated, so that a test can compare it with the hand-written type. */
export const ruleNode = z
  .discriminatedUnion('op', [
    z.strictObject({ op: z.literal('and'), of: children }),
    z.strictObject({ op: z.literal('or'), of: children }),
    z.strictObject({ op: z.literal('not'), of: child }),
    z.strictObject({ op: z.literal('attribute'), name: attributeName, is: comparison, value: operand.exactOptional() }),
    z.strictObject({ op: z.literal('count'), of: eventQuery, is: numberComparison, value: z.number() }),
    z.strictObject({ op: z.literal('sum'), field: fieldPath, of: eventQuery, is: numberComparison, value: z.number() }),
    z.strictObject({
      op: z.literal('didNotSince'),
      did: eventQuery,
      notSince: eventQuery.exactOptional(),
      thenSince: eventQuery.exactOptional(),
    }),
    z.strictObject({ op: z.literal('inSegment'), segment: segmentId }),
  ])
  .meta({ id: 'Rule', description: 'A predicate over one profile. Three-valued: missing data is unknown.' });

/** A rule level costs two levels of JSON (the node and its list); a leaf needs a few more. */
const caps = { maxDepth: 2 * limit('ruleDepth') + 6, maxString: 1024, maxItems: 1000 };

/** Depth is checked before zod recurses, so that hostile nesting cannot exhaust the stack. */
export const ruleSchema = z.preprocess((value, context) => {
  const found = findCapProblem(value, caps);
  if (found === null) return value;
  context.addIssue({ code: 'custom', message: `${found.problem} at ${found.pointer}` });
  return z.NEVER;
}, ruleNode);

export const segmentSchema = z
  .strictObject({
    id: segmentId,
    name: z.string().min(1).max(200),
    description: z.string().max(2000).exactOptional(),
    rule: ruleSchema,
    purpose: z.enum(PURPOSES),
    public: z.boolean(),
  })
  .meta({ id: 'Segment' });
