import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { type OperatorSession, SESSION_KINDS } from '../../core/ruleset/operator-session.ts';
import { isOver } from './operator-auth.ts';
import { refused } from './publisher-answer.ts';
import { refusalOf } from './roles.ts';
import { type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';

const session = z
  .object({
    id: z.string(),
    operator: z.string(),
    kind: z.enum(SESSION_KINDS).meta({ description: 'code: a command line that is being let in' }),
    issuer: z.string().meta({ description: 'Who vouched for the person' }),
    createdAt: z.string(),
    seenAt: z.string().meta({ description: 'Up to five minutes before the last request' }),
    expiresAt: z.string(),
    from: z.string().nullable().meta({ description: 'As in the audit' }),
    agent: z.string().nullable().meta({ description: 'What the browser or program calls itself' }),
    current: z.boolean().meta({ description: 'The one that asks' }),
  })
  .meta({ id: 'Session' });

/** Where people are signed in: their own sessions, and everybody's for those who look after operators. */
export const sessionRoutes: readonly Route[] = [
  route(
    {
      id: 'listSessions',
      method: 'get',
      path: '/sessions',
      tag: 'operators',
      needs: 'self',
      summary:
        'List where one is signed in, oldest first; with `of=all` everybody, which needs the permission operators',
      query: z.strictObject({ of: z.enum(['me', 'all']).default('me') }),
      responses: { 200: z.object({ items: z.array(session) }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async (call) => {
      const { services, space, operator, query } = call;
      const refusal = query.of === 'all' ? refusalOf(operator, LOOKING_AFTER) : null;
      if (refusal) return { problem: 'forbidden', extras: refusal };
      const now = services.now();
      const items = (await services.sessions.list(space))
        .filter((each) => !isOver(each, now) && (query.of === 'all' || each.operator === operator.name))
        .map((each) => present(each, operator.session));
      return { status: 200, body: { items } };
    },
  ),
  route(
    {
      id: 'endSession',
      method: 'delete',
      path: '/sessions/{id}',
      tag: 'operators',
      needs: 'self',
      summary: 'Sign out one session at once: one of one’s own, or any with the permission operators',
      responses: { 204: null },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async (call) => {
      const { services, space, actor, operator, param } = call;
      const found = (await services.sessions.find(space, param('id')))?.session;
      const isMine = found?.operator === operator.name || looksAfterOthers(call);
      if (!found || !isMine) return { problem: 'notFound' };
      const change = { kind: 'signOut', session: found.id } as const;
      const done = await services.publisher(space).setOperator({ actor, name: found.operator, change });
      return done.ok ? { status: 204 } : refused(done.error);
    },
  ),
];

const LOOKING_AFTER = { needs: 'operators', tag: 'operators' } as const;

function looksAfterOthers({ operator }: Pick<Call<Operation>, 'operator'>): boolean {
  return refusalOf(operator, LOOKING_AFTER) === null;
}

function present({ challenge: _, ...each }: OperatorSession, current: string | null) {
  return {
    ...each,
    createdAt: formatInstant(each.createdAt),
    seenAt: formatInstant(each.seenAt),
    expiresAt: formatInstant(each.expiresAt),
    current: each.id === current,
  };
}
