import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { goneLive, published } from './gone-live.ts';
import { refused } from './publisher-answer.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

const one = { path: '/gradual', tag: 'publishing' } as const;

/** A publish that only a part of the profiles has yet: how far it is, on, and back. */
export const gradualRoutes: readonly Route[] = [
  route(
    {
      ...one,
      id: 'getGradual',
      method: 'get',
      needs: 'read',
      summary: 'How many of the profiles have the last publish',
      responses: {
        200: z.object({
          sequence: z.number().int().nullable().meta({ description: 'The newest; null: nothing was ever published' }),
          stable: z.number().int().nullable(),
          percent: z.number().int(),
          since: z
            .number()
            .int()
            .nullable()
            .meta({ description: 'The sequence that it began with; null: everybody has it' }),
          publishedAt: z.string().nullable(),
        }),
      },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => {
      const current = await services.publisher(space).current();
      if (!current.ok) return refused(current.error);
      const {
        sequence = null,
        stable = null,
        percent = 100,
        gradualSince: since = null,
        publishedAt,
      } = current.value ?? {};
      const at = publishedAt === undefined ? null : formatInstant(publishedAt);
      return { status: 200, body: { sequence, stable, percent, since, publishedAt: at } };
    },
  ),
  route(
    {
      ...one,
      id: 'goOnWithGradual',
      method: 'post',
      needs: 'publish',
      summary: 'Give the last publish to more of the profiles; 100: to all. Nobody loses it again',
      body: z.strictObject({ percent: z.int().min(2).max(100) }),
      responses: { 201: published },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'conflict', 'frozen'],
    },
    async (call) =>
      goneLive(call, await call.services.publisher(call.space).goOn({ actor: call.actor, percent: call.body.percent })),
  ),
  route(
    {
      ...one,
      id: 'giveUpGradual',
      method: 'delete',
      needs: 'publish',
      summary: 'Give everybody what most have still: a new sequence with the stable content',
      responses: { 201: published },
      problems: [...COMMON_PROBLEMS, 'conflict', 'notFound'],
    },
    async (call) => {
      const publisher = call.services.publisher(call.space);
      const current = await publisher.current();
      if (!current.ok) return refused(current.error);
      if (current.value?.percent === undefined) return refused({ kind: 'notGradual' });
      return goneLive(call, await publisher.rollback({ actor: call.actor, sequence: current.value.stable }));
    },
  ),
];
