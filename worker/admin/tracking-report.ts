import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { trackingReport } from '../../core/source/tracking-report.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const seen = { count: z.number().int(), last: z.string().nullable() };

export const trackingReportRoutes: readonly Route[] = [
  route(
    {
      id: 'getTrackingReport',
      method: 'get',
      path: '/sources/{id}/tracking',
      tag: 'live',
      needs: 'reports',
      summary:
        'What a source sends beside its live tracking plan: what is unexpected, what is missing, what is never used',
      query: z.strictObject({ days: z.coerce.number().int().min(1).max(limit('tallyDays')).default(7) }),
      responses: {
        200: z.object({
          plan: z.boolean().meta({ description: 'False: the source may send anything; then nothing is unexpected' }),
          events: z.array(
            z.object({
              type: z.string(),
              planned: z.boolean(),
              unused: z.boolean().meta({ description: 'In the plan, and never seen in these days' }),
              ...seen,
              fields: z.array(z.object({ field: z.string(), planned: z.boolean(), unused: z.boolean(), ...seen })),
            }),
          ),
          deviations: z.array(
            z.object({
              kind: z.string(),
              type: z.string(),
              field: z.string().nullable(),
              ...seen,
              sample: z
                .record(z.string(), z.string())
                .nullable()
                .meta({ description: 'Members of one such event and what they are, without values' }),
            }),
          ),
          refused: z.array(z.object({ code: z.string(), type: z.string().nullable(), ...seen })),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound'],
    },
    async ({ services, space, query, param }) => {
      const { live, rulesets } = services;
      if (!live) return { problem: 'unavailable' };
      const source = param('id');
      const ruleset = await rulesets.current(space);
      if (!ruleset?.sources.has(source)) return { problem: 'notFound' };
      const tallies = await live(space).tallies(query.days, source);
      const report = trackingReport(ruleset.plans.get(source) ?? null, tallies);
      const timed = <T extends { readonly last: number | null }>(each: T) => ({
        ...each,
        last: each.last === null ? null : formatInstant(each.last as Parameters<typeof formatInstant>[0]),
      });
      return {
        status: 200,
        body: {
          plan: report.plan,
          events: report.events.map((event) => ({ ...timed(event), fields: event.fields.map(timed) })),
          deviations: report.deviations.map(timed),
          refused: report.refused.map(timed),
        },
      };
    },
  ),
];
