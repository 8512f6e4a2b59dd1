import { z } from 'zod';
import { type Instant, parseProfileId } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { record } from './people.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

/** Who is in a live segment. Each page is recorded in the audit. */
export const segmentMemberRoutes: readonly Route[] = [
  route(
    {
      id: 'listSegmentMembers',
      method: 'get',
      path: '/segments/{id}/members',
      tag: 'segments',
      needs: 'members',
      summary: 'List the known people in a segment by profile id, as of what their profiles told last',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(64).exactOptional().meta({ description: '`next` of the page before' }),
      }),
      responses: {
        200: z
          .object({
            segment: z.string(),
            count: z.number().int().meta({ description: 'All members, anonymous ones too, of whom no list is kept' }),
            items: z.array(z.object({ profile: z.string(), since: z.string() })),
            next: z.string().nullable(),
          })
          .meta({ id: 'SegmentMembers' }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished'],
    },
    async (call) => {
      const { services, space, query, param } = call;
      const segment = param('id');
      if (query.after !== undefined && parseProfileId(query.after) === null)
        return { problem: 'badRequest', extras: { detail: 'after is a profile id: next of the page before.' } };
      const live = await services.rulesets.current(space);
      if (!live) return { problem: 'notPublished' };
      const info = live.segmentInfo[live.positions.get(segment) ?? -1];
      const [items, count] = await Promise.all([
        services.segmentMembers.page(space, segment, query.after ?? '', query.limit),
        services.segmentMembers.count(space, segment),
      ]);
      // One that is not live any more is left by everybody with their next touch: who is left can be looked at.
      if ((!info || info.hidden) && items.length === 0 && !count)
        return { problem: 'notFound', extras: { detail: `There is no live segment "${segment}".` } };
      const note = `${items.length} members${query.after === undefined ? '' : ` after ${query.after}`}`;
      const noted = await record(call, { action: 'viewed', of: 'segment', profile: segment, note });
      if (noted) return noted;
      return {
        status: 200,
        body: {
          segment,
          count: Math.max(count ?? 0, 0),
          items: items.map(({ profile, since }) => ({ profile, since: formatInstant(since as Instant) })),
          next: items.length < query.limit ? null : (items.at(-1)?.profile ?? null),
        },
      };
    },
  ),
];
