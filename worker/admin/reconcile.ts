import type { z } from 'zod';
import type { FactKey } from '../../core/interaction/command.ts';
import type { EventId, Instant, SourceId, Space } from '../../core/lib/ids.ts';
import type { Reconciler } from '../services/reconciler.ts';
import { reconcileRequestSchema, reconcileResponseSchema } from './reconcile.schema.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

type Request = z.output<typeof reconcileRequestSchema>;

/** One operation for the command `reconcile`: archive and rollups are compared with, and mended from, the facts in the objects. */
export const reconcileRoutes: readonly Route[] = [
  route(
    {
      id: 'reconcile',
      method: 'post',
      path: '/reconcile',
      tag: 'operations',
      needs: 'operations',
      summary: 'One step of `npm run reconcile`: drain, count, compare or mend a few objects, hours or rows',
      body: reconcileRequestSchema,
      responses: { 200: reconcileResponseSchema },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, body }) => {
      const { reconciler, now } = services;
      return reconciler ? { status: 200, body: await step(reconciler, space, body, now) } : { problem: 'unavailable' };
    },
  ),
];

async function step(reconciler: Reconciler, space: Space, request: Request, now: () => Instant): Promise<unknown> {
  switch (request.phase) {
    case 'begin':
      return { space, now: now() };
    case 'drain':
      return reconciler.drain(space, request.objects);
    case 'settle':
      return reconciler.settle(space, request.run, (request.sentAt ?? null) as Instant | null);
    case 'count': {
      const objects = request.objects.map(({ id, after }) => (after ? { id, after: keyOf(after) } : { id }));
      return reconciler.count(space, objects, request, request.index);
    }
    case 'archive': {
      const { ids, ...rest } = await reconciler.archive(space, request.hour, request.after);
      return { ids: Object.fromEntries([...ids].map(([source, held]) => [source, [...held]])), ...rest };
    }
    case 'emit': {
      const wanted = request.objects.map(({ object, facts }) => ({ object, facts: facts.map(keyOf) }));
      return { lines: await reconciler.emit(space, `reconcile-${request.run}-${request.part}`, wanted) };
    }
    case 'rows':
      return reconciler.rollups[request.table](space, request.from, request.to, request.after);
    case 'correct':
      return { corrected: await reconciler.rollups.correct(space, request.events, request.offers, request.members) };
  }
}

function keyOf({ source, id }: { readonly source: string; readonly id: string }): FactKey {
  return { source: source as SourceId, id: id as EventId };
}
