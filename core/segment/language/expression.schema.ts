import { z } from 'zod';
import { findCapProblem } from '../../lib/json.ts';
import { limit } from '../../lib/limits.ts';
import type { Expression } from './expression.ts';
import { sizeOf } from './expression-size.ts';
import { TIME_UNIT_NAMES } from './time-unit.ts';

const MAX_TEXT = 8192;
const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u, 'a word: letters, digits, _ and $');
const node: z.ZodType<Expression> = z.lazy(() => expressionNode).meta({ id: 'ExpressionNode' });
const nodes = z.array(node).max(1000).readonly();
const steps = z.array(name).max(32).readonly();
const unit = z.enum(TIME_UNIT_NAMES as [(typeof TIME_UNIT_NAMES)[number], ...(typeof TIME_UNIT_NAMES)[number][]]);
const amount = z.int().min(0);

const moment = z.union([
  z.strictObject({
    is: z.enum(['<', '<=', '=', '>=', '>']),
    amount,
    unit,
    side: z.enum(['before', 'after']),
    time: node,
  }),
  z.strictObject({ is: z.enum(['before', 'after', 'on', 'at']), time: node }),
  z.strictObject({ is: z.literal('between'), from: node, to: node }),
]);

const binding = { variable: name, from: node, where: node.exactOptional() };

const chainStep = z.union([
  z.strictObject({ label: name, exclude: node }),
  z.strictObject({
    label: name,
    what: node,
    when: moment.exactOptional(),
    after: z.strictObject({ label: name, is: z.enum(['<', '<=', '>', '>=']), amount, unit }).exactOptional(),
    count: z.strictObject({ is: z.enum(['=', '<', '<=', '>', '>=']), n: amount }).exactOptional(),
  }),
]);

/** One level of an expression. Not annotated, so that a test can compare it with the hand-written type. */
export const expressionNode = z
  .discriminatedUnion('op', [
    z.strictObject({ op: z.literal('literal'), value: z.union([z.string().max(MAX_TEXT), z.number(), z.boolean()]) }),
    z.strictObject({ op: z.literal('list'), items: nodes }),
    z.strictObject({
      op: z.literal('date'),
      year: z.int().min(1).max(9999),
      month: z.int().min(1).max(12),
      day: z.int().min(1).max(31),
    }),
    z.strictObject({ op: z.literal('calendar'), unit, shift: z.union([z.literal(-1), z.literal(0), z.literal(1)]) }),
    z.strictObject({ op: z.literal('now') }),
    z.strictObject({ op: z.literal('path'), climb: z.int().min(0).max(limit('ruleDepth')), steps }),
    z.strictObject({ op: z.literal('field'), of: node, steps }),
    z.strictObject({ op: z.enum(['and', 'or']), of: nodes }),
    z.strictObject({ op: z.literal('not'), of: node }),
    z.strictObject({ op: z.literal('if'), condition: node, whenTrue: node, whenFalse: node }),
    z.strictObject({
      op: z.literal('compare'),
      is: z.enum(['=', '!=', '<', '<=', '>', '>=']),
      left: node,
      right: node,
    }),
    z.strictObject({ op: z.literal('arithmetic'), is: z.enum(['+', '-', '*', '/', '%']), left: node, right: node }),
    z.strictObject({ op: z.literal('call'), function: name, args: z.array(node).max(8).readonly() }),
    z.strictObject({ op: z.literal('filter'), of: node, where: node }),
    z.strictObject({
      op: z.enum(['exists', 'forall', 'select']),
      bindings: z.array(z.strictObject(binding)).min(1).max(16).readonly(),
    }),
    z.strictObject({ op: z.enum(['sum', 'average', 'min', 'max']), value: node, ...binding }),
    z.strictObject({ op: z.literal('let'), variable: name, value: node, in: node }),
    z.strictObject({ op: z.literal('inSegment'), segment: z.string().max(MAX_TEXT) }),
    z.strictObject({ op: z.literal('score'), model: z.string().max(MAX_TEXT) }),
    z.strictObject({ op: z.literal('occurs'), of: node, when: moment }),
    z.strictObject({
      op: z.literal('chain'),
      of: node,
      by: z.array(name).min(1).max(8).readonly(),
      steps: z.array(chainStep).min(1).max(100).readonly(),
    }),
    z.strictObject({ op: z.literal('duration'), amount, unit }),
  ])
  .meta({
    id: 'Expression',
    description: 'The stored form of a rule or measure. Three-valued: missing data is unknown.',
  });

/** A level of an expression costs up to four levels of JSON: a chain, its steps, one step, its window. */
const caps = { maxDepth: 4 * limit('ruleDepth') + 4, maxString: MAX_TEXT, maxItems: 1000 };

/**
 * Parses a stored tree. Depth is checked before zod recurses, so that hostile nesting cannot exhaust the stack. What the
 * schema cannot say (names, types, chain grammar) is checked by printing the tree and checking the text.
 */
export const expressionSchema = z
  .preprocess((value, context) => {
    const found = findCapProblem(value, caps);
    if (found === null) return value;
    context.addIssue({ code: 'custom', message: `${found.problem} at ${found.pointer}` });
    return z.NEVER;
  }, expressionNode)
  .superRefine((tree, context) => {
    const { nodes: count, tooDeep } = sizeOf(tree as Expression, limit('ruleDepth'));
    if (tooDeep !== null)
      context.addIssue({ code: 'custom', message: `nests deeper than ${limit('ruleDepth')} levels` });
    if (count > limit('ruleNodes'))
      context.addIssue({ code: 'custom', message: `has more than ${limit('ruleNodes')} parts` });
  });

/** The published JSON Schema of the stored form. */
export function expressionJsonSchema(): object {
  return z.toJSONSchema(expressionNode);
}
