import { z } from 'zod';
import type { StaleItem } from '../../core/ruleset/change-set.ts';
import { readContent } from '../services/contents.ts';
import { goneLive, percent, published } from './gone-live.ts';
import { refused } from './publisher-answer.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { rulesetProblem } from './ruleset-problem.ts';
import { showResource } from './shown-resource.ts';
import { showBody } from './stored-form.ts';

const stale = z
  .object({
    kind: z.string(),
    id: z.string(),
    baseVersion: z.number().int(),
    currentVersion: z.number().int().meta({ description: '0: there is none' }),
  })
  .meta({ id: 'StaleItem' });

export const changeSetPublishRoutes: readonly Route[] = [
  route(
    {
      id: 'validateChangeSet',
      method: 'post',
      path: '/change-sets/{set}/validate',
      tag: 'changeSets',
      needs: 'read',
      summary: 'Say everything that would keep a change set from being published, and publish nothing',
      body: z.strictObject({}),
      bodyOptional: true,
      responses: {
        200: z.object({
          valid: z.boolean(),
          problems: z.array(rulesetProblem),
          stale: z.array(stale).meta({ description: 'Items whose resource somebody else has changed since' }),
        }),
      },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'conflict'],
    },
    validate,
  ),
  route(
    {
      id: 'publishChangeSet',
      method: 'post',
      path: '/change-sets/{set}/publish',
      tag: 'changeSets',
      needs: 'publish',
      summary: 'Make what is live, with the items of the set laid over it, live under the next sequence',
      body: z.strictObject({ percent }),
      bodyOptional: true,
      responses: { 201: published },
      problems: [
        ...COMMON_PROBLEMS,
        ...BODY_PROBLEMS,
        'notFound',
        'conflict',
        'draftInvalid',
        'staleChangeSet',
        'needsReview',
        'frozen',
      ],
    },
    async (call) => {
      const { services, space, actor } = call;
      const result = await services.publisher(space).publishChangeSet({ actor, id: call.param('set'), ...call.body });
      if (!result.ok && result.error.kind === 'staleChangeSet') return conflict(call, result.error.items);
      return goneLive(call, result);
    },
  ),
];

async function validate(call: Call<Operation>): Promise<AdminAnswer> {
  const { services, space } = call;
  const id = call.param('set');
  const content = await readContent(services, space, { kind: 'changeSet', id });
  if (!content.ok) return refused(content.error);
  const { compileDraft } = await import('../../core/ruleset/draft.ts');
  const compiled = compileDraft(
    space,
    content.value.map(({ kind, id: resource, body }) => ({ kind, id: resource, body: JSON.parse(body) as unknown })),
    services.now(),
  );
  const items = await services.changeSets.itemHeads(space, id);
  const heads = await services.contents.heads(space, items);
  const behind = items.flatMap((item): readonly StaleItem[] => {
    const currentVersion = heads.get(`${item.kind}/${item.id}`)?.version ?? 0;
    const { kind, id: resource, baseVersion } = item;
    return currentVersion === baseVersion ? [] : [{ kind, id: resource, baseVersion, currentVersion }];
  });
  const problems = compiled.ok ? [] : compiled.error;
  return { status: 200, body: { valid: compiled.ok && behind.length === 0, problems, stale: behind } };
}

/** Both sides of each, so that a person can compare them. Secrets are in neither. */
async function conflict(
  { services, space, param }: Call<Operation>,
  items: readonly StaleItem[],
): Promise<AdminAnswer> {
  const proposed = await services.changeSets.items(space, param('set'));
  const sides = items.map(async ({ kind, id, baseVersion, currentVersion }) => {
    const current = await services.config.find(space, kind, id);
    const yours = proposed.find((item) => item.kind === kind && item.id === id)?.body ?? null;
    return {
      kind,
      id,
      baseVersion,
      currentVersion,
      current: current && (await showResource(kind, current)),
      yours: yours === null ? null : showBody(kind, yours),
    };
  });
  const detail = 'Read each again, join the changes, and put it into the set anew.';
  return { problem: 'staleChangeSet', extras: { detail, members: { items: await Promise.all(sides) } } };
}
