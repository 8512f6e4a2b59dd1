import { z } from 'zod';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const hour = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/, 'an hour in UTC such as 2026-11-22T06');
const hours = z.strictObject({
  from: hour.default('0000-01-01T00').meta({ description: 'First hour, UTC' }),
  to: hour.default('9999-12-31T23').meta({ description: 'Last hour, UTC' }),
});
const whole = z.number().int();

/** Counts from the rollups, which follow a visit within 30 seconds. */
export const reportRoutes: readonly Route[] = [
  route(
    {
      id: 'reportSegments',
      method: 'get',
      path: '/reports/segments',
      tag: 'reports',
      summary: 'Known people per segment, as of their last visit',
      responses: { 200: z.object({ items: z.array(z.object({ segment: z.string(), members: whole })) }) },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => ({ status: 200, body: { items: await services.reports.segments(space) } }),
  ),
  route(
    {
      id: 'reportEvents',
      method: 'get',
      path: '/reports/events',
      tag: 'reports',
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
      summary: 'Who entered and left, per hour and segment; at most 1,000 rows',
      query: hours,
      responses: {
        200: z.object({
          items: z.array(z.object({ hour: z.string(), segment: z.string(), entered: whole, exited: whole })),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => ({
      status: 200,
      body: { items: await services.reports.memberships(space, query.from, query.to) },
    }),
  ),
  route(
    {
      id: 'reportDecisions',
      method: 'get',
      path: '/reports/decisions',
      tag: 'reports',
      summary: "Decisions, impressions and clicks per placement and offer; offer '' is the fallback",
      query: hours,
      responses: {
        200: z.object({
          items: z.array(
            z.object({ placement: z.string(), offer: z.string(), decisions: whole, impressions: whole, clicks: whole }),
          ),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => ({
      status: 200,
      body: { items: await services.reports.decisions(space, query.from, query.to) },
    }),
  ),
];
