import { z } from 'zod';
import type { LoadedExperiment } from '../../core/experiment/loaded-experiments.ts';
import type { VariantCounts } from '../../core/experiment/statistics/sample.ts';
import { type AdminAnswer, COMMON_PROBLEMS, type Route, route } from './route.ts';

const hour = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/, 'an hour in UTC such as 2026-11-22T06');
const estimate = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const variantResult = z.object({
  variant: z.string(),
  verdict: z.enum(['control', 'tooEarly', 'unclear', 'better', 'worse']),
  people: z.number(),
  mean: z.number(),
  absolute: estimate.nullable(),
  relative: estimate.nullable(),
  p: z.number().meta({ description: 'Always valid, corrected for the number of comparisons' }),
});

/** What an experiment has shown so far. May be looked at as often as one likes: the intervals hold at every look. */
export const experimentResultRoutes: readonly Route[] = [
  route(
    {
      id: 'experimentResults',
      method: 'get',
      path: '/experiments/{id}/results',
      tag: 'reports',
      needs: 'reports',
      summary:
        'Lift of each variant over the first with always-valid confidence intervals, adjusted by what people did before (CUPED), and an alarm where the groups are not as large as they should be (SRM)',
      query: z.strictObject({
        from: hour.default('0000-01-01T00'),
        to: hour.default('9999-12-31T23'),
      }),
      responses: {
        200: z.object({
          experiment: z.string(),
          version: z.int(),
          status: z.string(),
          exposed: z.array(z.object({ variant: z.string(), weight: z.number(), people: z.number() })),
          sampleRatio: z.json().meta({ description: 'Where `alarm` is set, none of the rest should be believed' }),
          metrics: z.array(
            z.object({
              id: z.string(),
              kind: z.string(),
              primary: z.boolean(),
              correlation: z
                .number()
                .meta({ description: 'With what people did before; its square is the share of variance taken away' }),
              variants: z.array(variantResult),
            }),
          ),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished'],
    },
    async ({ services, space, param, query }): Promise<AdminAnswer> => {
      const rules = await services.rulesets.current(space);
      if (!rules) return { problem: 'notPublished' };
      const position = rules.experiments.positions.get(param('id'));
      const experiment = position === undefined ? undefined : rules.experiments.all[position];
      if (!experiment) return { problem: 'notFound', extras: { detail: 'no experiment of that id is live' } };
      const [sums, exposures] = await Promise.all([
        services.reports.results(space, `experiment\n${experiment.id}\n${experiment.version}\n`, query.from, query.to),
        services.reports.results(space, `exposure\n${experiment.id}\n${experiment.version}\n`, query.from, query.to),
      ]);
      const people = new Map(exposures.map(({ name, a }) => [name.split('\n')[3] ?? '', a]));
      const counts = new Map(sums.map((row) => [row.name.split('\n').slice(3).join('\n'), countsOf(row)]));
      return { status: 200, body: await resultsOf(experiment, people, counts) };
    },
  ),
];

type Sums = Readonly<Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g', number>>;

function countsOf({ a, b, c, d, e, f, g }: Sums): VariantCounts {
  return { units: a, conversions: b, sum: c, sumOfSquares: d, preSum: e, preSumOfSquares: f, cross: g };
}

const NOBODY: VariantCounts = {
  units: 0,
  conversions: 0,
  sum: 0,
  sumOfSquares: 0,
  preSum: 0,
  preSumOfSquares: 0,
  cross: 0,
};

async function resultsOf(
  { id, version, status, variants, metrics, primaryMetric }: LoadedExperiment,
  people: ReadonlyMap<string, number>,
  counts: ReadonlyMap<string, VariantCounts>,
) {
  // Only who asks for results needs the distributions.
  const { analyseExperiment } = await import('../../core/experiment/statistics/analyse-experiment.ts');
  const exposed = variants.map(({ id: variant, weight }) => ({ variant, weight, people: people.get(variant) ?? 0 }));
  const results = analyseExperiment({
    variants: exposed.map(({ variant, weight, people: seen }) => ({ id: variant, weight, exposed: seen })),
    metrics: metrics.map((metric) => ({
      metric,
      counts: variants.map(({ id: variant }) => counts.get(`${variant}\n${metric.id}`) ?? NOBODY),
    })),
    primaryMetric,
  });
  return {
    experiment: id,
    version,
    status,
    exposed,
    sampleRatio: results.sampleRatio,
    metrics: results.metrics.map(({ metric, correlation, variants: compared }) => ({
      id: metric.id,
      kind: metric.kind,
      primary: metric.id === primaryMetric,
      correlation,
      variants: compared.map(({ variant, sample, lift, correctedP, verdict }) => ({
        variant,
        verdict,
        people: sample.n,
        mean: sample.mean,
        absolute: lift?.absolute ?? null,
        relative: lift?.relative ?? null,
        p: correctedP,
      })),
    })),
  };
}
