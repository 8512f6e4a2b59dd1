import { z } from 'zod';
import { annotations } from '../lib/fields.schema.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { expressionSchema } from './language/expression.schema.ts';
import type { Expression } from './language/expression.ts';

/** A rule as it is stored: a tree. Nonoptional, because the check before the schema takes anything and would make the member look optional. */
export const storedExpression = z.nonoptional(expressionSchema) as unknown as z.ZodType<Expression>;

/** A rule as it is put: PQL text, or the tree. Text is parsed where it is stored: the parser is not loaded for a schema. */
export const expressionInput = z.union([storedExpression, z.string()]).meta({
  description: 'PQL text, or its tree',
  examples: ['xEvent[eventType = "order.placed" and timestamp occurs <= 30 days before now].count() >= 2'],
});

const shape = {
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, '1-32 of lower-case letters, digits and inner dashes'),
  name: z.string().min(1).max(200),
  ...annotations,
  purpose: z.enum(PURPOSES),
  public: z.boolean(),
  observed: z.boolean().default(false),
  inBrowser: z.boolean().exactOptional().meta({
    description:
      'Its rule is given to every page, which evaluates it itself (`/sdk-local.js`): of public segments that read public and nothing personal. Left out: false',
  }),
};

export const segmentSchema = z.strictObject({ ...shape, rule: storedExpression });

export const segmentInputSchema = z.strictObject({ ...shape, rule: expressionInput }).meta({ id: 'Segment' });
