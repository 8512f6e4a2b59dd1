import { z } from 'zod';
import { annotations, content, instant, name, slug } from '../lib/fields.schema.ts';
import { limit } from '../lib/limits.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { expressionInput, storedExpression } from '../segment/schema.ts';
import { HASH_VERSIONS } from './allocation.ts';
import { EXPERIMENT_STATES, METRIC_KINDS, type MetricKind, VARIED_KINDS, type VariedKind } from './experiment.ts';

/** Only numbers are asked for here: how they fit together is told at publish, all at once. */
const share = z.number();

const variantValue = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('default') }),
  z.strictObject({ use: z.literal('nothing') }),
  z.strictObject({ use: z.enum(['offer', 'ranker', 'segment']), id: slug }),
  z.strictObject({ use: z.literal('content'), content }),
]);

const variant = z.strictObject({
  id: slug,
  name: name.exactOptional(),
  weight: share,
  value: variantValue.default({ use: 'default' }),
});

const metric = z.strictObject({
  id: slug,
  kind: z.enum(Object.keys(METRIC_KINDS) as MetricKind[]).default('conversion'),
  event: z.string().min(1).max(100),
  better: z.enum(['higher', 'lower']).default('higher'),
});

const hash = z.strictObject({
  key: z.string().min(1).max(200).exactOptional(),
  version: z.literal([...HASH_VERSIONS]).default(2),
  attribute: z.string().min(1).max(64).default('profile'),
  fallback: z.string().min(1).max(64).exactOptional(),
});

const shape = {
  id: slug,
  name,
  ...annotations,
  status: z.enum(EXPERIMENT_STATES).default('draft'),
  on: z.strictObject({ kind: z.enum(Object.keys(VARIED_KINDS) as VariedKind[]), id: slug }),
  variants: z.array(variant).min(1).max(limit('variantsPerExperiment')),
  coverage: share.default(1),
  layer: z.strictObject({ id: slug, from: share, to: share }).nullable().default(null),
  holdout: share.default(0),
  exemptFromGlobalHoldout: z.boolean().default(false),
  hash: hash.default({ version: 2, attribute: 'profile' }),
  version: z.int().min(1).max(1_000_000).default(1).meta({ description: 'Raise it to assign everybody anew' }),
  purpose: z.enum(PURPOSES).default('personalization'),
  metrics: z.array(metric).max(limit('metricsPerExperiment')).default([]),
  primaryMetric: slug.nullable().default(null),
  startedAt: instant.exactOptional(),
  stoppedAt: instant.exactOptional(),
  winner: slug.exactOptional(),
};

/** The stored form. */
export const experimentSchema = z.strictObject({ ...shape, eligibility: storedExpression.exactOptional() });
/** What a PUT takes: a rule may be text. */
export const experimentInputSchema = z
  .strictObject({ ...shape, eligibility: expressionInput.exactOptional() })
  .meta({ id: 'Experiment' });

/** The share kept out of everything, as a setting of the space; its salt is not written by hand. */
export const globalHoldoutShape = {
  share: z.number().min(0).max(0.5).default(0),
  version: z.int().min(1).max(1_000_000).default(1),
};
