import { z } from 'zod';
import { GLOBAL_HOLDOUT, HELD, OPEN } from '../../core/experiment/assignment.ts';
import type { HoldoutTest } from '../../core/experiment/holdout-test.ts';
import type { Experiments } from '../../core/experiment/loaded-experiments.ts';
import type { VariantCounts } from '../../core/experiment/statistics/sample.ts';
import { type ResultSums, shownOf, type Tested, timesOf } from './experiment-times.ts';
import { type AdminAnswer, COMMON_PROBLEMS, type Route, route } from './route.ts';

const hour = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/, 'an hour in UTC such as 2026-11-22T06');
const estimate = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const variantResult = z.object({
  variant: z.string(),
  verdict: z.enum(['control', 'tooEarly', 'unclear', 'better', 'worse']),
  people: z.number(),
  conversions: z.number().meta({ description: 'People who did it at all' }),
  sum: z.number().meta({ description: 'How often, or the money, of all of them' }),
  mean: z.number(),
  absolute: estimate.nullable(),
  relative: estimate.nullable(),
  p: z.number().meta({ description: 'Always valid, corrected for the number of comparisons' }),
});
const sampleRatio = z.json().meta({ description: 'Where `alarm` is set, none of the rest should be believed' });
const metricResults = z.array(
  z.object({
    id: z.string(),
    kind: z.string(),
    primary: z.boolean(),
    correlation: z
      .number()
      .meta({ description: 'With what people did before; its square is the share of variance taken away' }),
    variants: z.array(variantResult),
  }),
);
const exposed = z.object({ variant: z.string(), weight: z.number(), people: z.number() });
const ofVariants = z.int().exactOptional().meta({ description: 'Of variants; not of `~held` and `~open`' });
const shown = { decisions: ofVariants, impressions: ofVariants, clicks: ofVariants };

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
        'Lift of each variant over the first with always-valid confidence intervals, adjusted by what people did before (CUPED), and an alarm where the groups are not as large as they should be (SRM); and of who took part over who was kept out. `~holdout` is the holdout of the space',
      query: z.strictObject({
        from: hour.default('0000-01-01T00'),
        to: hour.default('9999-12-31T23'),
        per: z.enum(['hour', 'day']).exactOptional().meta({ description: 'Wants `times`' }),
      }),
      responses: {
        200: z.object({
          experiment: z.string(),
          version: z.int(),
          status: z.string(),
          exposed: z.array(exposed.extend(shown)),
          sampleRatio,
          metrics: metricResults,
          holdout: z
            .object({ exposed: z.array(exposed), sampleRatio, metrics: metricResults })
            .nullable()
            .meta({
              description:
                'Of an experiment that keeps people out: `~held`, and `~open` for who took part, whatever their variant; both from when they were first decided for',
            }),
          times: z
            .array(
              z.object({
                at: z.string().meta({ description: 'The hour as 2026-11-22T06, or the day as 2026-11-22' }),
                variant: z.string(),
                ...shown,
                people: z.int().meta({ description: 'Who were exposed then' }),
                metrics: z.array(z.object({ id: z.string(), conversions: z.int(), sum: z.number() })),
              }),
            )
            .exactOptional()
            .meta({ description: 'With `per`: the first 1,000' }),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished'],
    },
    async ({ services, space, param, query }): Promise<AdminAnswer> => {
      const rules = await services.rulesets.current(space);
      if (!rules) return { problem: 'notPublished' };
      const found = findTests(rules.experiments, param('id'));
      if (!found) return { problem: 'notFound', extras: { detail: 'no experiment of that id is live' } };
      const { id, version, status } = found;
      const prefixes = ['experiment', 'exposure', 'variant'].map((kind) => `${kind}\n${id}\n${version}\n`);
      const read = (per: 'hour' | 'day' | null) => services.reports.results(space, prefixes, query.from, query.to, per);
      const [sums, times] = await Promise.all([read(null), query.per && read(query.per)]);
      const counts = new Map(sums.map((row) => [row.name, row]));
      const body = {
        experiment: id,
        version,
        status,
        ...(await resultsOf(found, counts)),
        holdout: found.holdout && (await resultsOf(sidesOf(found.holdout), counts)),
        ...(times && { times: timesOf(times) }),
      };
      return { status: 200, body };
    },
  ),
];

interface Found extends Tested {
  readonly status: string;
  readonly holdout: HoldoutTest | null;
}

/** An experiment, or under its own name the holdout of the space. */
function findTests({ all, positions, holdoutTests }: Experiments, id: string): Found | null {
  const holdout = holdoutTests.find((each) => each.id === id) ?? null;
  if (id === GLOBAL_HOLDOUT) return holdout && { ...sidesOf(holdout), status: 'running', holdout: null };
  const experiment = all[positions.get(id) ?? -1];
  return experiment ? { ...experiment, holdout } : null;
}

/** Who is kept out is what everybody else is compared with. */
function sidesOf({ share, ...test }: HoldoutTest): Tested {
  return {
    ...test,
    variants: [
      { id: HELD, weight: share },
      { id: OPEN, weight: 1 - share },
    ],
  };
}

function countsOf(sums: ResultSums | undefined): VariantCounts {
  const { a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0 } = sums ?? {};
  return { units: a, conversions: b, sum: c, sumOfSquares: d, preSum: e, preSumOfSquares: f, cross: g };
}

async function resultsOf(
  { id, version, variants, metrics, primaryMetric }: Tested,
  sums: ReadonlyMap<string, ResultSums>,
) {
  // Only who asks for results needs the distributions.
  const { analyseExperiment } = await import('../../core/experiment/statistics/analyse-experiment.ts');
  const of = (kind: string, ...rest: readonly string[]) => sums.get([kind, id, version, ...rest].join('\n'));
  const people = variants.map(({ id: variant, weight }) => {
    const seen = of('exposure', variant)?.a ?? 0;
    return { variant, weight, people: seen, ...shownOf(variant, of('variant', variant)) };
  });
  const counted = metrics.map((metric) => ({
    metric,
    counts: variants.map(({ id: variant }) => countsOf(of('experiment', variant, metric.id))),
  }));
  const results = analyseExperiment({
    variants: people.map(({ variant, weight, people: seen }) => ({ id: variant, weight, exposed: seen })),
    metrics: counted,
    primaryMetric,
  });
  return {
    exposed: people,
    sampleRatio: results.sampleRatio,
    metrics: results.metrics.map(({ metric, correlation, variants: compared }, m) => ({
      id: metric.id,
      kind: metric.kind,
      primary: metric.id === primaryMetric,
      correlation,
      variants: compared.map(({ variant, sample, lift, correctedP, verdict }, v) => ({
        variant,
        verdict,
        people: sample.n,
        conversions: counted[m]?.counts[v]?.conversions ?? 0,
        sum: counted[m]?.counts[v]?.sum ?? 0,
        mean: sample.mean,
        absolute: lift?.absolute ?? null,
        relative: lift?.relative ?? null,
        p: correctedP,
      })),
    })),
  };
}
