import { z } from 'zod';
import { AUTH_STATES } from '../event/event.ts';
import { consentSchema } from '../event/schema.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';

/**
 * A mapping as a user writes it (YAML or JSON): how the rows of a foreign file become events.
 * This file checks the form; `compile-mapping.ts` checks what the parts say about each other.
 */
const columnName = z.string().min(1).max(128);
const cell = z.union([z.string(), z.number(), z.boolean()]);

const naming = {
  /** Header names to look for, first found wins. Default: the key of the column. In NDJSON a dotted path may be used. */
  names: z.array(columnName).min(1).optional(),
  /** An empty cell is a problem. */
  required: z.boolean().optional(),
  /** The file need not have this column at all. */
  optional: z.boolean().optional(),
  /** Read instead of an empty or missing cell, as the file would write it. */
  default: z.string().min(1).optional(),
  /** Texts that mean "no value", beside the empty text. Compared after trimming. */
  empty: z.array(z.string()).optional(),
};

const columnSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...naming,
    type: z.literal('text'),
    trim: z.boolean().optional(),
    collapseSpaces: z.boolean().optional(),
  }),
  z.strictObject({
    ...naming,
    type: z.literal('number'),
    decimal: z.enum(['.', ',']).optional(),
    thousands: z.string().length(1).optional(),
  }),
  z.strictObject({ ...naming, type: z.literal('integer') }),
  z.strictObject({
    ...naming,
    type: z.literal('date'),
    /** Tried in order; the tokens are listed in `date-format.ts`. */
    formats: z.array(z.string().min(1)).min(1),
    /** `UTC`, `+01:00` or an IANA name. Needed unless every format carries its own offset. */
    timeZone: z.string().optional(),
  }),
  z.strictObject({
    ...naming,
    type: z.literal('boolean'),
    true: z.array(z.string()).min(1).optional(),
    false: z.array(z.string()).min(1).optional(),
  }),
]);

/** One comparison of one column. An empty cell fails every comparison but `present: false`. */
const comparisonSchema = z
  .strictObject({
    column: columnName,
    equals: cell.optional(),
    in: z.array(cell).min(1).optional(),
    startsWith: z.string().min(1).optional(),
    contains: z.string().min(1).optional(),
    lessThan: z.number().optional(),
    atMost: z.number().optional(),
    moreThan: z.number().optional(),
    atLeast: z.number().optional(),
    present: z.boolean().optional(),
  })
  .refine(
    (value) => Object.keys(value).length > 1,
    'compare the column with something: equals, in, startsWith, contains, lessThan, atMost, moreThan, atLeast or present',
  );

export type Comparison = z.infer<typeof comparisonSchema>;
export type Condition =
  | Comparison
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    comparisonSchema,
    z.strictObject({ all: z.array(conditionSchema).min(1) }),
    z.strictObject({ any: z.array(conditionSchema).min(1) }),
    z.strictObject({ not: conditionSchema }),
  ]),
);

const decimals = z.number().int().min(0).max(9).optional();
const sumSchema = z.strictObject({
  /** Over all lines of the group: the sum of the product of these columns. */
  $sum: z.array(columnName).min(1).max(4),
  decimals,
  absolute: z.boolean().optional(),
});
const numberSchema = z.strictObject({
  $number: columnName,
  decimals,
  absolute: z.boolean().optional(),
  negate: z.boolean().optional(),
});
const countSchema = z.strictObject({ $count: z.literal('lines') });
const translateSchema = z.strictObject({
  $translate: columnName,
  values: z.record(z.string(), cell),
  /** For every other value. Without it the value stays as it is. */
  otherwise: cell.optional(),
});

export type ValueExpression =
  | string
  | number
  | boolean
  | z.infer<typeof sumSchema>
  | z.infer<typeof numberSchema>
  | z.infer<typeof countSchema>
  | z.infer<typeof translateSchema>
  | { readonly $items: Readonly<Record<string, ValueExpression>>; readonly leaveOut?: readonly string[] | undefined }
  | { readonly [key: string]: ValueExpression };

const member = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a member name: a letter, then letters, digits, _ or -');
const membersSchema: z.ZodType<Readonly<Record<string, ValueExpression>>> = z.lazy(() => z.record(member, valueSchema));
const valueSchema: z.ZodType<ValueExpression> = z.lazy(() =>
  z.union([
    cell,
    sumSchema,
    numberSchema,
    countSchema,
    translateSchema,
    z.strictObject({
      /** One object per line of the group. */
      $items: membersSchema,
      /** Members that may go, in this order, when the event would be over the byte cap. After them the last items go. */
      leaveOut: z.array(z.string()).optional(),
    }),
    membersSchema,
  ]),
);

const identityRule = z.strictObject({ namespace: z.string().min(1), value: z.string().min(1) });

const eventRuleSchema = z.strictObject({
  /** Decides on the first line of the group. The first rule that holds makes the event. */
  when: conditionSchema.optional(),
  type: z.string().min(1),
  /** Template of the event id. It must tell all events of the file apart, and be the same at every run. */
  id: z.string().min(1),
  /** The date column that says when it happened. */
  at: columnName,
  /** `first`: the first one that names somebody; `all`: every one that does. */
  identities: z.union([
    z.strictObject({ first: z.array(identityRule).min(1) }),
    z.strictObject({ all: z.array(identityRule).min(1).max(limit('identitiesPerEvent')) }),
  ]),
  authState: z.enum(AUTH_STATES).optional(),
  consent: consentSchema.optional(),
  context: membersSchema.optional(),
  data: membersSchema,
});

export const mappingSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes'),
  description: z.string().optional(),
  /** Default: by the file's ending (.csv, .tsv, .txt; .ndjson, .jsonl). */
  format: z.enum(['csv', 'ndjson']).optional(),
  delimiter: z.string().min(1).max(4).optional(),
  encoding: z.enum(['utf8', 'latin1']).optional(),
  /** What the file is known to span: spares `--shift-to-now` its first pass. ISO 8601 with an offset. */
  span: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  /** Header names are the same whatever their case, spaces, dashes and underscores: exports of one system differ in them. */
  looseNames: z.boolean().optional(),
  columns: z.record(columnName, columnSchema),
  /** Rows that become nothing, each with the reason that is counted. The first rule that holds wins. */
  drop: z.array(z.strictObject({ reason: z.string().min(1).max(120), when: conditionSchema })).optional(),
  /** Consecutive rows with the same values in these columns become one event. */
  group: z.strictObject({ by: z.array(columnName).min(1) }).optional(),
  events: z.array(eventRuleSchema).min(1),
});

export type Mapping = z.infer<typeof mappingSchema>;
export type Column = z.infer<typeof columnSchema>;
export type EventRule = z.infer<typeof eventRuleSchema>;

type Issue = z.core.$ZodIssue;

/** Checks the form of a mapping. Errors are one line each: where, then what to change. */
export function parseMapping(raw: unknown): Result<Mapping, readonly string[]> {
  const parsed = mappingSchema.safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.map((issue) => describeIssue(issue, [])));
}

/** Of a union only the branch that got furthest is worth reading. */
function describeIssue(issue: Issue, base: readonly PropertyKey[]): string {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    let best: Issue | null = null;
    for (const branch of issue.errors) {
      for (const inner of branch) if (best === null || depth(inner) > depth(best)) best = inner;
    }
    if (best && depth(best) > 0) return describeIssue(best, path);
  }
  return `${path.map(String).join('.') || 'mapping'}: ${issue.message}`;
}

function depth(issue: Issue): number {
  const unknownKey = issue.code === 'unrecognized_keys' || issue.code === 'custom' ? 0.5 : 0;
  if (issue.code !== 'invalid_union') return issue.path.length + unknownKey;
  return issue.path.length + Math.max(0, ...issue.errors.flat().map(depth));
}
