import { z } from 'zod';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const hour = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/, 'an hour in UTC such as 2026-11-22T06');
const hours = z.strictObject({
  from: hour.default('0000-01-01T00').meta({ description: 'First hour, UTC' }),
  to: hour.default('9999-12-31T23').meta({ description: 'Last hour, UTC' }),
});
const whole = z.number().int();
const per = z.enum(['hour', 'day']);

const limitless = '9999-12-31T23';

/** Counts from the rollups, which follow a visit within 30 seconds. */
export const reportRoutes: readonly Route[] = [
  route(
    {
      id: 'reportSegments',
      method: 'get',
      path: '/reports/segments',
      tag: 'reports',
      needs: 'reports',
      summary: 'Members per segment now; exact where the segment is observed, else as of the last visit of each',
      responses: {
        200: z.object({
          items: z.array(
            z.object({
              segment: z.string(),
              members: whole.meta({ description: 'Profiles, known and anonymous' }),
              known: whole.meta({ description: 'Known people among them, as of their last visit' }),
              corrected: whole.meta({ description: 'The part of `members` that `reconcile` had to correct' }),
              exact: z.boolean().meta({
                description:
                  'The segment is observed: who enters or leaves by time alone is counted at that instant. Otherwise at the next visit',
              }),
            }),
          ),
        }),
      },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => {
      const [counted, live] = await Promise.all([services.reports.segments(space), services.rulesets.current(space)]);
      const shown = live?.segmentInfo.filter(({ hidden }) => !hidden) ?? [];
      const observed = new Set(shown.flatMap((info) => (info.observed ? [info.id] : [])));
      const rows = new Map(shown.map(({ id }) => [id, { segment: id, members: 0, known: 0, corrected: 0 }]));
      for (const row of counted) rows.set(row.segment, row);
      const items = [...rows.values()].sort((a, b) => (a.segment < b.segment ? -1 : 1));
      return { status: 200, body: { items: items.map((row) => ({ ...row, exact: observed.has(row.segment) })) } };
    },
  ),
  route(
    {
      id: 'offerBudget',
      method: 'get',
      path: '/offers/{id}/budget',
      tag: 'reports',
      needs: 'reports',
      summary:
        "How much of an offer's budget is handed out in leases, and how much of that was used. Never more than the total; what is outstanding may be lost with the machine that holds it",
      responses: {
        200: z.object({ total: whole, granted: whole, decided: whole, outstanding: whole }),
      },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async ({ services, space, param }) => {
      const offer = (await services.rulesets.current(space))?.offers.get(param('id'));
      if (!offer?.budget || !services.budget) {
        return { problem: 'notFound', extras: { detail: 'no live offer of that id has a budget' } };
      }
      const [granted, rows] = await Promise.all([
        services.budget(space, offer.id).granted(),
        services.reports.decisions(space, '', limitless, null),
      ]);
      const decided = rows.reduce((sum, row) => sum + (row.offer === offer.id ? row.decisions : 0), 0);
      const { total } = offer.budget;
      return { status: 200, body: { total, granted, decided, outstanding: Math.max(0, granted - decided) } };
    },
  ),
  route(
    {
      id: 'reportEvents',
      method: 'get',
      path: '/reports/events',
      tag: 'reports',
      needs: 'reports',
      summary: 'Events per source and type',
      query: hours,
      responses: {
        200: z.object({ items: z.array(z.object({ source: z.string(), type: z.string(), count: whole })) }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => ({
      status: 200,
      body: { items: await services.reports.events(space, query.from, query.to) },
    }),
  ),
  route(
    {
      id: 'reportMemberships',
      method: 'get',
      path: '/reports/memberships',
      tag: 'reports',
      needs: 'reports',
      summary: 'Who entered and left, per segment and hour or day (UTC) of the very instant; at most 1,000 rows',
      query: hours.extend({
        per: per.default('hour'),
        segment: z.string().max(64).exactOptional().meta({ description: 'Only this one' }),
      }),
      responses: {
        200: z.object({
          items: z.array(
            z.object({
              at: z.string().meta({ description: 'The hour as 2026-11-22T06, or the day as 2026-11-22' }),
              segment: z.string(),
              entered: whole,
              exited: whole,
            }),
          ),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => ({
      status: 200,
      body: {
        items: await services.reports.memberships(space, query.from, query.to, query.per, query.segment ?? null),
      },
    }),
  ),
  route(
    {
      id: 'reportDecisions',
      method: 'get',
      path: '/reports/decisions',
      tag: 'reports',
      needs: 'reports',
      summary:
        "Decisions, impressions, clicks, and the orders and revenue due to them, per placement and offer; offer '' is the fallback. `per` hour or day (UTC) at most 1,000 rows",
      query: hours.extend({ per: per.exactOptional().meta({ description: 'Left out: all hours together' }) }),
      responses: {
        200: z.object({
          items: z.array(
            z.object({
              at: z.string().exactOptional().meta({ description: 'With `per`: 2026-11-22T06, or 2026-11-22' }),
              placement: z.string(),
              offer: z.string(),
              decisions: whole,
              impressions: whole,
              clicks: whole,
              conversions: whole.meta({
                description: 'Orders whose last click, within 7 days, or else last impression, within a day, was this',
              }),
              revenue: z.number().meta({ description: 'Their totals, of orders that a server key told' }),
            }),
          ),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query: { from, to, per: by = null } }) => {
      const [shown, results] = await Promise.all([
        services.reports.decisions(space, from, to, by),
        services.reports.results(space, ['offer\n'], from, to, by),
      ]);
      // An order may come in an hour in which nothing was decided.
      const rows = new Map(shown.map((row) => [keyOf(row), { ...row, conversions: 0, revenue: 0 }]));
      for (const { at, name, a: conversions, b: revenue } of results) {
        const [, placement = '', offer = ''] = name.split('\n');
        const key = keyOf({ at, placement, offer });
        const row = rows.get(key) ?? { at, placement, offer, decisions: 0, impressions: 0, clicks: 0 };
        rows.set(key, { ...row, conversions, revenue });
      }
      const sorted = [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
      const items = by === null ? sorted.map(({ at: _, ...row }) => row) : sorted.slice(0, 1000);
      return { status: 200, body: { items } };
    },
  ),
];

/** In the order of the rows. */
function keyOf({ at, placement, offer }: { readonly at: string; readonly placement: string; readonly offer: string }) {
  return `${at}\n${placement}\n${offer}`;
}
