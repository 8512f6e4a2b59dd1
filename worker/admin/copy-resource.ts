import { z } from 'zod';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS, schemaProblems } from '../../core/ruleset/schema.ts';
import { refused } from './publisher-answer.ts';
import { invalid } from './resources.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { answerResource, changing, shownResource, title } from './shown-resource.ts';
import { showBody, storedForm } from './stored-form.ts';

/** What a copy does not take along: keys stay with whom they were given to, and a test that nobody started runs for nobody. */
const OWN: { readonly [K in ResourceKind]?: readonly string[] } = {
  source: ['writeKeys', 'serverKeyHashes', 'proofKeys', 'revokedBefore'],
  experiment: ['status', 'startedAt', 'stoppedAt', 'winner'],
};

const copyBody = z.strictObject({
  id: z.string().max(128).meta({ description: 'Of the copy' }),
  name: z.string().max(200).exactOptional().meta({ description: 'Left out: the same name' }),
});

/** POST …/{id}/copy of every kind; there is one setting of each, so those have no copies. */
export const copyRoutes: readonly Route[] = RESOURCE_KINDS.filter((kind) => kind !== 'setting').map((kind) =>
  route(
    {
      id: `copy${title(kind)}`,
      method: 'post',
      path: `/${KINDS[kind].plural}/{id}/copy`,
      tag: KINDS[kind].plural,
      needs: changing(kind),
      summary: `Copy one ${kind} under a new id`,
      body: copyBody,
      responses: { 201: shownResource(kind) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'conflict'],
    },
    (call) => copy(call, kind, call.body),
  ),
);

async function copy(
  call: Call<Operation>,
  kind: ResourceKind,
  wanted: z.output<typeof copyBody>,
): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const original = await services.config.find(space, kind, call.param('id'));
  if (!original) return { problem: 'notFound' };
  const written: Record<string, unknown> = { ...(showBody(kind, original.body) as object), ...wanted };
  for (const member of OWN[kind] ?? []) delete written[member];
  const parsed = RESOURCE_INPUT_SCHEMAS[kind].safeParse(written);
  if (!parsed.success) return invalid(schemaProblems(parsed.error));
  const stored = await storedForm(call, kind, parsed.data, null);
  if (!stored.ok) return invalid(stored.error);
  const { id } = wanted;
  const changed = await services.publisher(space).change({ actor, kind, id, body: stored.value, expectedVersion: 0 });
  if (!changed.ok) {
    const taken = changed.error.kind === 'stale';
    return taken
      ? { problem: 'conflict', extras: { detail: `There is a ${kind} of that id already, or was one.` } }
      : refused(changed.error);
  }
  const now = await services.config.find(space, kind, id);
  return now ? answerResource(201, kind, now) : { problem: 'internal' };
}
