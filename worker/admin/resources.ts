import { z } from 'zod';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../core/ruleset/schema.ts';
import type { ProblemItem } from '../http/problem.ts';
import { expectedVersion } from './expected-version.ts';
import { refused } from './publisher-answer.ts';
import { inUse } from './resource-uses.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { answerResource, changing, shownResource, showResource, title } from './shown-resource.ts';
import { showBody, storedForm } from './stored-form.ts';

export const preconditions = z.object({
  'if-match': z
    .string()
    .exactOptional()
    .meta({ description: 'The version that was read, as in ETag: refuse if there is a newer one.' }),
  'if-none-match': z.literal('*').exactOptional().meta({ description: '`*`: only create.' }),
});

/** GET, PUT and DELETE of every kind, below the plural of its name. */
export const resourceRoutes: readonly Route[] = RESOURCE_KINDS.flatMap(routesOf);

function routesOf(kind: ResourceKind): readonly Route[] {
  const { plural: tag } = KINDS[kind];
  const shown = shownResource(kind);
  const one = { path: `/${tag}/{id}`, tag, problems: [...COMMON_PROBLEMS, 'notFound'] } as const;
  return [
    route(
      {
        ...one,
        id: `get${title(kind)}`,
        method: 'get',
        needs: 'read',
        summary: `Read one ${kind}`,
        responses: { 200: shown },
      },
      (call) => read(call, kind),
    ),
    route(
      {
        ...one,
        id: `put${title(kind)}`,
        method: 'put',
        needs: changing(kind),
        summary: `Create or replace one ${kind}; live after the next publish`,
        headers: preconditions,
        body: RESOURCE_INPUT_SCHEMAS[kind],
        responses: { 200: shown, 201: shown },
        problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'badRequest', 'staleVersion'],
      },
      (call) => put(call, kind),
    ),
    route(
      {
        ...one,
        id: `archive${title(kind)}`,
        method: 'delete',
        needs: changing(kind),
        summary: `Archive one ${kind} that nothing uses; gone after the next publish, its history stays`,
        headers: preconditions,
        responses: { 204: null },
        problems: [...one.problems, 'badRequest', 'staleVersion', 'inUse'],
      },
      (call) => archive(call, kind),
    ),
  ];
}

async function read(call: Call<Operation>, kind: ResourceKind): Promise<AdminAnswer> {
  const stored = await call.services.config.find(call.space, kind, call.param('id'));
  return stored ? answerResource(200, kind, stored) : { problem: 'notFound' };
}

/** How often a put without a precondition starts again when somebody else was faster. */
const ATTEMPTS = 4;

async function put(call: Call<Operation>, kind: ResourceKind): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const id = call.param('id');
  const body = call.body as { readonly id: string };
  if (body.id !== id)
    return invalid([{ pointer: '/id', code: 'idMismatch', detail: 'the id in the body is not that of the path' }]);
  const wanted = expectedVersion(call);
  if (!wanted.ok) return wanted.error;
  for (let attempt = 1; ; attempt++) {
    const present = await services.config.find(space, kind, id);
    const stored = await storedForm(call, kind, body, present);
    if (!stored.ok) return invalid(stored.error);
    // A source is joined with what is stored, so it must not have changed meanwhile.
    const expected = wanted.value ?? (kind === 'source' ? (present?.version ?? 0) : undefined);
    const changed = await services.publisher(space).change({
      actor,
      kind,
      id,
      body: stored.value,
      ...(expected === undefined ? {} : { expectedVersion: expected }),
    });
    if (changed.ok) {
      const now = await services.config.find(space, kind, id);
      if (now) return answerResource(changed.value.version === 1 && changed.value.changed ? 201 : 200, kind, now);
      return { problem: 'internal' };
    }
    if (changed.error.kind !== 'stale') return refused(changed.error);
    if (wanted.value === undefined && attempt < ATTEMPTS) continue;
    return conflict(call, kind, wanted.value ?? null, stored.value);
  }
}

async function archive(call: Call<Operation>, kind: ResourceKind): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const id = call.param('id');
  const wanted = expectedVersion(call);
  if (!wanted.ok) return wanted.error;
  const present = await services.config.find(space, kind, id);
  if (!present) return { problem: 'notFound' };
  if (wanted.value !== undefined && wanted.value !== present.version) return conflict(call, kind, wanted.value, null);
  if (present.archived) return { status: 204 };
  const used = await inUse(call, kind, id);
  if (used) return used;
  const command = { actor, kind, id, body: null };
  const changed = await services
    .publisher(space)
    .change(wanted.value === undefined ? command : { ...command, expectedVersion: wanted.value });
  if (changed.ok) return { status: 204 };
  return changed.error.kind === 'stale' ? conflict(call, kind, wanted.value ?? null, null) : refused(changed.error);
}

/** Both sides of a conflict, so that a person can compare them. Secrets are in neither. */
export async function conflict(
  call: Call<Operation>,
  kind: ResourceKind,
  expected: number | null,
  body: string | null,
): Promise<AdminAnswer> {
  const current = await call.services.config.find(call.space, kind, call.param('id'));
  const members = {
    expectedVersion: expected,
    current: current && (await showResource(kind, current)),
    yours: body === null ? null : showBody(kind, body),
  };
  return {
    problem: 'staleVersion',
    extras: { detail: 'Read it again, join the changes, and put it with the new version.', members },
  };
}

export function invalid(errors: readonly ProblemItem[]): AdminAnswer {
  return { problem: 'invalid', extras: { errors } };
}
