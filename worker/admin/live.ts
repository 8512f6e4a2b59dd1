import { z } from 'zod';
import type { LiveEntry, LiveFilter } from '../../core/interaction/live-view.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { type LimitName, limit } from '../../core/lib/limits.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import { sourceActivity } from '../../core/source/source-activity.ts';
import { refused } from './publisher-answer.ts';
import { ROLES, rolesWith } from './roles.ts';
import { type AdminAnswer, type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';

const shape = {
  is: z
    .string()
    .max(40)
    .regex(
      /^(?:event|refusal|decision)(?:,(?:event|refusal|decision))*$/,
      'event, refusal or decision, with commas between them',
    )
    .exactOptional(),
  source: z.string().max(64).exactOptional(),
  name: z.string().max(100).exactOptional().meta({ description: 'Event type; of a decision: the placement' }),
  profile: z.string().max(64).exactOptional(),
  problems: z
    .stringbool()
    .default(false)
    .meta({ description: 'Only what was refused, or differed from its tracking plan' }),
};

const entry = z.union([
  z.object({
    is: z.literal('event'),
    at: z.string(),
    receivedAt: z.string(),
    source: z.string(),
    type: z.string(),
    profile: z.string(),
    sentBy: z.string(),
    auth: z.string(),
    id: z.string(),
    fields: z
      .record(z.string(), z.string())
      .meta({ description: 'Members of its data and what they are, without values' }),
    deviations: z.array(z.object({ kind: z.string(), field: z.string().nullable() })),
  }),
  z.object({
    is: z.literal('refusal'),
    at: z.string(),
    source: z.string(),
    type: z.string().nullable(),
    code: z.string(),
    pointer: z.string().nullable(),
  }),
  z.object({
    is: z.literal('decision'),
    at: z.string(),
    request: z.string(),
    sequence: z.number().int(),
    profile: z.string().nullable(),
    placement: z.string(),
    offer: z.string().nullable(),
    reason: z.string(),
    variant: z.string().nullable(),
  }),
]);

const used = z.object({ limit: z.string(), used: z.number(), most: z.number(), unit: z.string() });

/** What a space holds of what it may hold: a kind of resource and its limit. */
const COUNTED = {
  segment: 'segmentsPerRuleset',
  measure: 'measuresPerRuleset',
  offer: 'offersPerRuleset',
  placement: 'placementsPerRuleset',
  ranker: 'rankersPerRuleset',
  experiment: 'experimentsPerRuleset',
} as const satisfies { readonly [K in ResourceKind]?: LimitName };

export const liveRoutes: readonly Route[] = [
  route(
    {
      id: 'getLive',
      method: 'get',
      path: '/live',
      tag: 'live',
      needs: 'reports',
      summary:
        'What goes on: recent events, refusals and decisions, what is published, queues, dead letters, limits used',
      query: z.strictObject({ ...shape, limit: z.coerce.number().int().min(1).max(limit('liveRecent')).default(50) }),
      responses: {
        200: z.object({
          recent: z.array(entry).meta({ description: 'Newest first, of the last quarter of an hour, without values' }),
          since: z.string().meta({ description: 'Nothing recent of before is known' }),
          published: z
            .object({
              sequence: z.number().int(),
              publishedAt: z.string(),
              percent: z.number().int().meta({ description: 'Of the profiles that have it' }),
            })
            .nullable(),
          frozen: z.object({ by: z.string(), since: z.string(), reason: z.string() }).nullable(),
          sources: z
            .array(
              z.object({
                source: z.string(),
                events: z.number().int(),
                unexpected: z.number().int().meta({ description: 'What differed from its tracking plan' }),
                refused: z.number().int(),
                last: z.string().nullable().meta({ description: 'When something came last; null: nothing today' }),
              }),
            )
            .meta({ description: 'Today, by UTC; every live source' }),
          queues: z.array(
            z.object({
              queue: z.string(),
              at: z.string(),
              backlog: z
                .number()
                .nullable()
                .meta({ description: 'Messages that wait; null: the platform does not say' }),
              lagMs: z.number(),
            }),
          ),
          deadLetters: z.number().int(),
          watchers: z.number().int(),
          limits: z.array(used),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => {
      const { live, deadLetters, usage } = services;
      if (!live) return { problem: 'unavailable' };
      const [state, letters, resources, current, freeze, tallies, ruleset] = await Promise.all([
        live(space).state(filterOf(query), query.limit),
        deadLetters.count(space),
        usage.resources(space),
        services.publisher(space).current(),
        services.freezes.find(space),
        live(space).tallies(1, null),
        services.rulesets.current(space),
      ]);
      if (!current.ok) return refused(current.error);
      const published = current.value && {
        sequence: current.value.sequence,
        publishedAt: formatInstant(current.value.publishedAt),
        percent: current.value.percent ?? 100,
      };
      return {
        status: 200,
        body: {
          recent: state.recent.map(shown),
          since: formatInstant(state.since),
          published,
          frozen: freeze && { ...freeze, since: formatInstant(freeze.since) },
          sources: sourceActivity([...(ruleset?.sources.keys() ?? [])], tallies).map(({ last, ...each }) => ({
            ...each,
            last: last === null ? null : formatInstant(last),
          })),
          queues: state.queues.map((queue) => ({ ...queue, at: formatInstant(queue.at) })),
          deadLetters: letters,
          watchers: state.watchers,
          limits: Object.entries(COUNTED).map(([kind, name]) => ({
            limit: name,
            used: resources[kind] ?? 0,
            most: limit(name),
            unit: `${kind}s`,
          })),
        },
      };
    },
  ),
  route(
    {
      id: 'tail',
      method: 'get',
      path: '/live/tail',
      tag: 'live',
      needs: 'reports',
      summary:
        'Watch events, refusals and decisions as they come, as server-sent events; events within half a minute, refusals at once',
      query: z.strictObject({
        ...shape,
        data: z
          .stringbool()
          .default(false)
          .meta({ description: 'With the values of events: needs the permission `personal`, and is audited' }),
      }),
      responses: { 200: null },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    tail,
  ),
];

async function tail(call: Call<Operation>): Promise<AdminAnswer> {
  const { services, space, operator, actor } = call;
  if (!services.live) return { problem: 'unavailable' };
  const query = call.query as z.output<z.ZodObject<typeof shape>> & { readonly data: boolean };
  if (query.data) {
    if (!ROLES[operator.role].may.has('personal')) {
      const roles = rolesWith('personal');
      const detail = `Values of events need the role ${roles.join(' or ')}; this token has the role ${operator.role}.`;
      return { problem: 'forbidden', extras: { detail, members: { needs: 'personal', roles } } };
    }
    const recorded = await services
      .publisher(space)
      .record({ actor, action: 'viewed', of: 'live', profile: query.profile ?? 'tail', note: 'values of live events' });
    if (!recorded.ok) return refused(recorded.error);
  }
  const stream = await services.live(space).watch(filterOf(query), query.data);
  if (stream === null) {
    return {
      problem: 'limited',
      extras: { detail: `Only ${limit('liveWatchers')} tails may be open at once.`, retryAfter: 60 },
    };
  }
  return { stream, type: 'text/event-stream' };
}

function filterOf({ is, ...rest }: z.output<z.ZodObject<typeof shape>>): LiveFilter {
  const { source, name, profile, problems } = rest;
  return {
    ...(is === undefined ? {} : { is: is.split(',') as LiveEntry['is'][] }),
    ...(source === undefined ? {} : { source }),
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    problems,
  };
}

function shown(each: LiveEntry) {
  const at = formatInstant(each.at);
  return each.is === 'event' ? { ...each, at, receivedAt: formatInstant(each.receivedAt) } : { ...each, at };
}
