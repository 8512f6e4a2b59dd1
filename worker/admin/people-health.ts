import { z } from 'zod';
import type { Instant } from '../../core/lib/ids.ts';
import { DAY_MS, formatInstant } from '../../core/lib/instant.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const alarm = z.object({
  namespace: z.string(),
  profile: z.string().nullable().meta({ description: 'Its owner then' }),
  detail: z.string().meta({ description: 'sharedDevice: owners within 24 hours; quarantined: the reason' }),
  at: z.string(),
});

/** How far back alarms are shown. */
const SHOWN_MS = 7 * DAY_MS;

/** What may be wrong with identities: nothing here is done by itself. */
export const peopleHealthRoutes: readonly Route[] = [
  route(
    {
      id: 'identityAlarms',
      method: 'get',
      path: '/people/alarms',
      tag: 'people',
      needs: 'personal',
      summary: 'Devices that many people share, and values in quarantine, of the last 7 days, newest first',
      responses: { 200: z.object({ sharedDevices: z.array(alarm), quarantined: z.array(alarm) }) },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => {
      const since = (services.now() - SHOWN_MS) as Instant;
      const list = async (kind: 'sharedDevice' | 'quarantined') =>
        (await services.identityHealth.alarms(space, kind, since)).map(({ kind: _, at, ...rest }) => ({
          ...rest,
          at: formatInstant(at),
        }));
      return {
        status: 200,
        body: { sharedDevices: await list('sharedDevice'), quarantined: await list('quarantined') },
      };
    },
  ),
  route(
    {
      id: 'suspectedDuplicates',
      method: 'get',
      path: '/people/duplicates',
      tag: 'people',
      needs: 'personal',
      summary: 'Profiles that claim one id of a person, or claim what another profile owns: perhaps one person each',
      query: z.strictObject({ after: z.string().max(200).exactOptional() }),
      responses: {
        200: z.object({
          items: z.array(
            z.object({
              namespace: z.string(),
              profiles: z.array(z.string()).meta({ description: 'Opaque ids, the owner of the id first' }),
            }),
          ),
          next: z.string().nullable().meta({ description: 'A page may be empty and not the last' }),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => {
      const page = await services.identityHealth.claimed(space, query.after ?? null);
      const items = await Promise.all(
        page.items.map(async ({ namespace, hash, profiles }) => {
          const owner = await services.ownerOf?.(space, namespace, hash);
          return { namespace, profiles: [...new Set([...(owner ? [owner] : []), ...profiles])] };
        }),
      );
      return { status: 200, body: { items: items.filter(({ profiles }) => profiles.length > 1), next: page.next } };
    },
  ),
];
