import { z } from 'zod';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS, schemaProblems } from '../../core/ruleset/schema.ts';
import type { ProblemItem } from '../http/problem.ts';
import { changeSetShown } from './change-set.schema.ts';
import { changed } from './change-sets.ts';
import { expectedVersion } from './expected-version.ts';
import { refusalOf } from './roles.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { changing } from './shown-resource.ts';
import { storedForm } from './stored-form.ts';

const one = {
  path: '/change-sets/{set}/items/{kind}/{resource}',
  tag: 'changeSets',
  needs: 'edit',
  responses: { 200: changeSetShown },
} as const;

export const changeSetItemRoutes: readonly Route[] = [
  route(
    {
      ...one,
      id: 'putChangeSetItem',
      method: 'put',
      summary: 'Propose a resource as it shall be, or its end; takes the set back to open',
      headers: z.object({
        'if-match': z
          .string()
          .exactOptional()
          .meta({ description: 'The version of the resource that it was made from: refuse if there is a newer one.' }),
        'if-none-match': z.literal('*').exactOptional().meta({ description: '`*`: the resource is new.' }),
      }),
      body: z.union([
        z.strictObject({
          resource: z
            .record(z.string(), z.unknown())
            .meta({ description: 'What a PUT of the resource takes, with the same checks' }),
        }),
        z.strictObject({ archive: z.literal(true) }),
      ]),
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'badRequest', 'notFound', 'conflict', 'staleVersion'],
    },
    async (call) => {
      const kind = kindOf(call.param('kind'));
      if (kind === null) return { problem: 'notFound' };
      return refusal(call, kind) ?? put(call, kind, call.body);
    },
  ),
  route(
    {
      ...one,
      id: 'removeChangeSetItem',
      method: 'delete',
      summary: 'Take a resource out of a change set; takes the set back to open',
      problems: [...COMMON_PROBLEMS, 'notFound', 'conflict'],
    },
    async (call) => {
      const kind = kindOf(call.param('kind'));
      if (kind === null) return { problem: 'notFound' };
      const item = { kind, id: call.param('resource') };
      return refusal(call, kind) ?? changed(call, { kind: 'removeItem', id: call.param('set'), item });
    },
  ),
];

type Body = { readonly resource: Readonly<Record<string, unknown>> } | { readonly archive: true };

/** How often an item without a precondition is joined again with a source that somebody changed meanwhile. */
const ATTEMPTS = 4;

async function put(call: Call<Operation>, kind: ResourceKind, body: Body): Promise<AdminAnswer> {
  const { services, space } = call;
  const id = call.param('resource');
  const wanted = expectedVersion(call);
  if (!wanted.ok) return wanted.error;
  const parsed = 'archive' in body ? null : RESOURCE_INPUT_SCHEMAS[kind].safeParse({ id, ...body.resource });
  if (parsed && !parsed.success) return invalid(schemaProblems(parsed.error));
  if (parsed && (parsed.data as { readonly id: string }).id !== id)
    return invalid([{ pointer: '/id', code: 'idMismatch', detail: 'the id in the body is not that of the path' }]);
  for (let attempt = 1; ; attempt++) {
    const present = await services.config.find(space, kind, id);
    const stored = parsed && (await storedForm(call, kind, parsed.data, present));
    if (stored && !stored.ok) return invalid(stored.error);
    // A source is joined with what is stored, so it must not have changed meanwhile.
    const base = wanted.value ?? (kind === 'source' ? (present?.version ?? 0) : undefined);
    const item = { kind, id, body: stored?.value ?? null, ...(base === undefined ? {} : { baseVersion: base }) };
    const answer = await changed(call, { kind: 'putItem', id: call.param('set'), item });
    const isStale = 'problem' in answer && answer.problem === 'staleVersion';
    if (!isStale || wanted.value !== undefined || attempt >= ATTEMPTS) return answer;
  }
}

function invalid(errors: readonly ProblemItem[]): AdminAnswer {
  const inside = errors.map((each) => ({ ...each, pointer: `/resource${each.pointer}` }));
  return { problem: 'invalid', extras: { errors: inside } };
}

/** A change set is no way around what its maker may not change directly; null: nothing keeps them. */
function refusal({ operator }: Call<Operation>, kind: ResourceKind): AdminAnswer | null {
  const extras = refusalOf(operator, { needs: changing(kind), tag: KINDS[kind].plural });
  return extras && { problem: 'forbidden', extras };
}

function kindOf(text: string): ResourceKind | null {
  return RESOURCE_KINDS.find((kind) => kind === text) ?? null;
}
