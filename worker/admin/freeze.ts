import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import type { Freeze } from '../../core/ruleset/publisher-rpc.ts';
import { refused } from './publisher-answer.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

const shown = z.object({
  frozen: z
    .object({ by: z.string(), since: z.string(), reason: z.string() })
    .nullable()
    .meta({ description: 'null: rules may be published' }),
});

const one = { path: '/freeze', tag: 'publishing' } as const;

export const freezeRoutes: readonly Route[] = [
  route(
    {
      ...one,
      id: 'getFreeze',
      method: 'get',
      needs: 'read',
      summary: 'Say whether publishing is frozen, by whom, since when and why',
      responses: { 200: shown },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => answer(await services.freezes.find(space)),
  ),
  route(
    {
      ...one,
      id: 'freeze',
      method: 'put',
      needs: 'publish',
      summary: 'Stop every publish of rules, scheduled ones too; rollback stays possible, and jobs go on putting data',
      body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
      responses: { 200: shown },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, actor, body }) => {
      const frozen = await services.publisher(space).freeze({ actor, reason: body.reason });
      return frozen.ok ? answer(frozen.value) : refused(frozen.error);
    },
  ),
  route(
    {
      ...one,
      id: 'unfreeze',
      method: 'delete',
      needs: 'publish',
      summary: 'Let publishing go on',
      responses: { 204: null },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space, actor }) => {
      const ended = await services.publisher(space).freeze({ actor, reason: null });
      return ended.ok ? { status: 204 } : refused(ended.error);
    },
  ),
];

function answer(freeze: Freeze | null) {
  const frozen = freeze && { ...freeze, since: formatInstant(freeze.since) };
  return { status: 200 as const, body: { frozen } };
}
