import { z } from 'zod';
import { CAUSES } from '../../core/interaction/outbox.ts';

const instant = z.string().meta({ description: 'ISO 8601' });

const evidence = z
  .object({
    events: z
      .array(z.object({ id: z.string(), type: z.string(), at: instant }))
      .readonly()
      .meta({ description: 'The newest that made it so, newest first' }),
    attributes: z.array(z.string()).readonly().meta({ description: 'Names' }),
  })
  .meta({ id: 'Evidence' });

const explainedNode = z
  .object({
    kind: z.enum(['condition', 'value']),
    sentence: z.string(),
    text: z.string().meta({ description: 'PQL' }),
    of: z
      .object({ kind: z.enum(['segment', 'measure']), id: z.string() })
      .exactOptional()
      .meta({ description: 'Whose rule it is, where the node above names it' }),
    label: z.string().exactOptional().meta({ description: "Of a sequence's step, or the name that let gives" }),
    truth: z.boolean().nullable().exactOptional().meta({ description: 'Of a condition; null: unknown' }),
    value: z.json().exactOptional().meta({ description: 'null: unknown; events by their ids, newest first' }),
    count: z.int().exactOptional().meta({ description: 'Of a list, of which value shows at most five' }),
    evidence,
    nextChange: instant
      .nullable()
      .exactOptional()
      .meta({ description: 'Of a condition: when its truth becomes another if nothing happens' }),
    get children(): z.ZodReadonly<z.ZodArray<typeof explainedNode>> {
      return z.array(explainedNode).readonly();
    },
    cut: z.literal(true).exactOptional().meta({ description: 'Further parts are not shown' }),
  })
  .meta({ id: 'ExplainedNode' });

export const explainedRule = z
  .object({
    segment: z.string().exactOptional(),
    offer: z.string().exactOptional(),
    profile: z.string(),
    sequence: z.int().nullable().meta({ description: 'Ruleset of the rule; null: it was given with the request' }),
    at: instant,
    member: z.boolean(),
    since: instant.nullable().meta({
      description: 'null: nothing is recorded of it being so (never entered, not published so yet, or no segment)',
    }),
    cause: z.enum(CAUSES).nullable(),
    recorded: z
      .object({ member: z.boolean(), since: instant, cause: z.enum(CAUSES), sequence: z.int() })
      .nullable()
      .meta({
        description:
          'What the profile has recorded at its last visit or alarm. Another than member where time or a publish has changed it since, and where membership is approximate',
      }),
    sentence: z.string(),
    text: z.string().meta({ description: 'PQL' }),
    nextChange: instant
      .nullable()
      .meta({ description: 'When membership flips if nothing happens; null: not until lookedUntil' }),
    lookedUntil: instant,
    approximateSince: instant.nullable().meta({
      description:
        'Latest event that the segment would need in full and that is kept in daily sums only; null: membership is exact',
    }),
    tree: explainedNode,
  })
  .meta({ id: 'ExplainedRule' });
