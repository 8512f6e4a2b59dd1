import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { refused } from './publisher-answer.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const letter = z
  .object({
    id: z.string(),
    at: z.string(),
    queue: z.string(),
    reason: z.string(),
    profile: z.string().nullable().meta({ description: 'null: the message cannot be read' }),
    events: z.number().int(),
    bytes: z.number().int(),
  })
  .meta({ id: 'DeadLetter', description: 'A message that could not be processed, without what is in it' });

const one = { tag: 'operations', needs: 'operations', problems: [...COMMON_PROBLEMS, 'notFound'] } as const;

export const deadLetterRoutes: readonly Route[] = [
  route(
    {
      id: 'listDeadLetters',
      method: 'get',
      path: '/dead-letters',
      tag: 'operations',
      needs: 'operations',
      summary: 'List what could not be processed after all attempts, newest first',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        before: z.iso.datetime({ offset: true }).exactOptional(),
      }),
      responses: { 200: z.object({ items: z.array(letter), next: z.string().nullable() }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => {
      const { limit, before } = query;
      const found = await services.deadLetters.list(space, {
        limit,
        before: before === undefined ? undefined : Date.parse(before),
      });
      const items = found.map((each) => ({ ...each, at: formatInstant(each.at) }));
      return { status: 200, body: { items, next: items.length < limit ? null : (items.at(-1)?.at ?? null) } };
    },
  ),
  route(
    {
      ...one,
      id: 'replayDeadLetter',
      method: 'post',
      path: '/dead-letters/{id}/replay',
      summary: 'Give it to the queue once more; what it did already is not done twice',
      responses: { 204: null },
      problems: [...one.problems, 'conflict'],
    },
    async ({ services, space, actor, param }) => {
      const { deadLetters, sendEffect } = services;
      if (!sendEffect) return { problem: 'unavailable' };
      const id = param('id');
      const message = await deadLetters.find(space, id).catch(() => 'unreadable' as const);
      if (message === null) return { problem: 'notFound' };
      if (message === 'unreadable')
        return { problem: 'conflict', extras: { detail: 'The message cannot be read: it can only be discarded.' } };
      const recorded = await services
        .publisher(space)
        .record({ actor, action: 'replayed', of: 'deadLetter', profile: id, note: null });
      if (!recorded.ok) return refused(recorded.error);
      // Sent before it is taken out: a message that comes twice does no harm, one that is gone does.
      await sendEffect(message);
      await deadLetters.remove(space, id);
      return { status: 204 };
    },
  ),
  route(
    {
      ...one,
      id: 'discardDeadLetter',
      method: 'delete',
      path: '/dead-letters/{id}',
      summary: 'Throw it away; `reconcile` mends what it would have counted and archived',
      responses: { 204: null },
    },
    async ({ services, space, actor, param }) => {
      const id = param('id');
      if (!(await services.deadLetters.has(space, id))) return { problem: 'notFound' };
      // Told before it is done: what is gone and in no audit would be worse than the other way round.
      const recorded = await services
        .publisher(space)
        .record({ actor, action: 'discarded', of: 'deadLetter', profile: id, note: null });
      if (!recorded.ok) return refused(recorded.error);
      await services.deadLetters.remove(space, id);
      return { status: 204 };
    },
  ),
];
