import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind, type Source } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS, type SourceInput } from '../../core/ruleset/schema.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { ProblemItem } from '../http/problem.ts';
import { expectedVersion } from './expected-version.ts';
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
import { ruleViews, viewsOfStored, withStoredRule } from './rule-member.ts';
import { shownSource, storedSource } from './source-form.ts';

const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(64).exactOptional(),
  /** Show archived ones as well. */
  archived: z.stringbool().default(false),
});

const preconditions = z.object({
  'if-match': z
    .string()
    .exactOptional()
    .meta({ description: 'The version that was read, as in ETag: refuse if there is a newer one.' }),
  'if-none-match': z.literal('*').exactOptional().meta({ description: '`*`: only create.' }),
});

/** GET list, GET, PUT and DELETE of every kind, below the plural of its name. */
export const resourceRoutes: readonly Route[] = RESOURCE_KINDS.flatMap(routesOf);

function routesOf(kind: ResourceKind): readonly Route[] {
  const { plural: tag, expression } = KINDS[kind];
  const path = `/${tag}`;
  // A source holds the keys of who may speak for anybody.
  const changing = kind === 'source' ? 'credentials' : 'edit';
  const input = RESOURCE_INPUT_SCHEMAS[kind];
  const shown = z.object({
    id: z.string(),
    version: z.number().int(),
    archived: z.boolean(),
    updatedAt: z.string(),
    updatedBy: z.string(),
    resource: input,
    ...(expression === null ? {} : { views: ruleViews }),
  });
  const one = { path: `${path}/{id}`, tag, problems: [...COMMON_PROBLEMS, 'notFound'] } as const;
  return [
    route(
      {
        id: `list${title(kind)}s`,
        method: 'get',
        path,
        tag,
        needs: 'read',
        summary: `List ${tag} by id`,
        query: listQuery,
        responses: { 200: z.object({ items: z.array(shown), next: z.string().nullable() }) },
        problems: [...COMMON_PROBLEMS, 'badRequest'],
      },
      (call) => list(call, kind, call.query),
    ),
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
        needs: changing,
        summary: `Create or replace one ${kind}; live after the next publish`,
        headers: preconditions,
        body: input,
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
        needs: changing,
        summary: `Archive one ${kind}; gone after the next publish, its history stays`,
        headers: preconditions,
        responses: { 204: null },
        problems: [...one.problems, 'badRequest', 'staleVersion'],
      },
      (call) => archive(call, kind),
    ),
  ];
}

async function list(
  call: Call<Operation>,
  kind: ResourceKind,
  query: z.output<typeof listQuery>,
): Promise<AdminAnswer> {
  const { limit, cursor, archived } = query;
  // One more than wanted tells whether there is a next page.
  const found = await call.services.config.list(call.space, kind, { limit: limit + 1, after: cursor, archived });
  const items = found.slice(0, limit);
  const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
  return { status: 200, body: { items: await Promise.all(items.map((item) => show(kind, item))), next } };
}

async function read(call: Call<Operation>, kind: ResourceKind): Promise<AdminAnswer> {
  const stored = await call.services.config.find(call.space, kind, call.param('id'));
  return stored ? shown(200, kind, stored) : { problem: 'notFound' };
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
      if (now) return shown(changed.value.version === 1 && changed.value.changed ? 201 : 200, kind, now);
      return { problem: 'internal' };
    }
    if (changed.error.kind !== 'stale') return refused(changed.error);
    if (wanted.value === undefined && attempt < ATTEMPTS) continue;
    return conflict(call, kind, wanted.value ?? null, stored.value);
  }
}

async function archive(call: Call<Operation>, kind: ResourceKind): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const wanted = expectedVersion(call);
  if (!wanted.ok) return wanted.error;
  const command = { actor, kind, id: call.param('id'), body: null };
  const changed = await services
    .publisher(space)
    .change(wanted.value === undefined ? command : { ...command, expectedVersion: wanted.value });
  if (changed.ok) return { status: 204 };
  return changed.error.kind === 'stale' ? conflict(call, kind, wanted.value ?? null, null) : refused(changed.error);
}

/** Both sides of a conflict, so that a person can compare them. Secrets are in neither. */
async function conflict(
  call: Call<Operation>,
  kind: ResourceKind,
  expected: number | null,
  body: string | null,
): Promise<AdminAnswer> {
  const current = await call.services.config.find(call.space, kind, call.param('id'));
  const members = {
    expectedVersion: expected,
    current: current && (await show(kind, current)),
    yours: body === null ? null : showBody(kind, body),
  };
  return {
    problem: 'staleVersion',
    extras: { detail: 'Read it again, join the changes, and put it with the new version.', members },
  };
}

async function storedForm(
  call: Call<Operation>,
  kind: ResourceKind,
  body: unknown,
  present: StoredVersion | null,
): Promise<Result<string, readonly ProblemItem[]>> {
  const before = kind === 'source' && present ? (JSON.parse(present.body) as Source) : null;
  const stored =
    kind === 'source'
      ? await storedSource(body as SourceInput, before, call.space, call.services)
      : await withStoredRule(kind, body as object);
  return stored.ok ? ok(JSON.stringify(stored.value)) : err(stored.error);
}

function invalid(errors: readonly ProblemItem[]): AdminAnswer {
  return { problem: 'invalid', extras: { errors } };
}

async function shown(status: 200 | 201, kind: ResourceKind, stored: StoredVersion): Promise<AdminAnswer> {
  return { status, body: await show(kind, stored), headers: { etag: `"${stored.version}"` } };
}

async function show(kind: ResourceKind, { id, version, archived, at, actor, body }: StoredVersion) {
  const resource = showBody(kind, body);
  const views = KINDS[kind].expression === null ? {} : { views: await viewsOfStored(kind, resource) };
  return { id, version, archived, updatedAt: formatInstant(at), updatedBy: actor, resource, ...views };
}

function showBody(kind: ResourceKind, body: string): unknown {
  const stored = JSON.parse(body) as unknown;
  return kind === 'source' ? shownSource(stored as Source) : stored;
}

function title(kind: ResourceKind): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
