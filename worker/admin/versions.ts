import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind, type Source } from '../../core/ruleset/resources.ts';
import { RESOURCE_SCHEMAS, schemaProblems } from '../../core/ruleset/schema.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { ProblemItem } from '../http/problem.ts';
import { fieldDiff } from './diff.ts';
import { expectedVersion } from './expected-version.ts';
import { pageQuery } from './page-query.ts';
import { refused } from './publisher-answer.ts';
import { conflict, invalid, preconditions } from './resources.ts';
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

const version = z.int().min(1);
const info = z.object({
  version: z.number().int(),
  at: z.string(),
  actor: z.string(),
  archived: z.boolean(),
  size: z.number().int().meta({ description: 'Bytes as stored' }),
});
const diffQuery = z.strictObject({
  with: z.coerce
    .number()
    .int()
    .min(1)
    .exactOptional()
    .meta({ description: 'The version that it is compared with; left out: the one before' }),
});

/** The history of every resource: what it was, what changed, and how to get it back. */
export const versionRoutes: readonly Route[] = RESOURCE_KINDS.flatMap(routesOf);

function routesOf(kind: ResourceKind): readonly Route[] {
  const { plural: tag } = KINDS[kind];
  const path = `/${tag}/{id}/versions`;
  const shown = shownResource(kind);
  const reads = {
    method: 'get',
    tag,
    needs: 'read',
    problems: [...COMMON_PROBLEMS, 'notFound', 'badRequest'],
  } as const;
  return [
    route(
      {
        ...reads,
        id: `list${title(kind)}Versions`,
        path,
        summary: `List the versions of one ${kind}, newest first`,
        query: pageQuery,
        responses: { 200: z.object({ items: z.array(info), next: z.number().int().nullable() }) },
      },
      async ({ services, space, param, query: { limit, before } }) => {
        const found = await services.config.versions(space, kind, param('id'), { limit: limit + 1, before });
        if (found.length === 0 && before === undefined) return { problem: 'notFound' };
        const items = found.slice(0, limit).map(({ at, ...rest }) => ({ ...rest, at: formatInstant(at) }));
        return { status: 200, body: { items, next: found.length > limit ? (items.at(-1)?.version ?? null) : null } };
      },
    ),
    route(
      {
        ...reads,
        id: `get${title(kind)}Version`,
        path: `${path}/{version}`,
        summary: `Read one ${kind} as it was; secrets never`,
        responses: { 200: shown },
      },
      async (call) => {
        const stored = await findVersion(call, kind);
        return stored ? { status: 200, body: await showResource(kind, stored) } : { problem: 'notFound' };
      },
    ),
    route(
      {
        ...reads,
        id: `diff${title(kind)}Version`,
        path: `${path}/{version}/diff`,
        summary: `What a version of one ${kind} changed`,
        query: diffQuery,
        responses: {
          200: z.object({
            from: z.number().int().nullable().meta({ description: 'Null: there was nothing before' }),
            to: z.number().int(),
            archived: z.object({ before: z.boolean().nullable(), after: z.boolean() }),
            changes: z.array(fieldDiff),
          }),
        },
      },
      (call) => diff(call, kind, call.query.with),
    ),
    route(
      {
        id: `restore${title(kind)}`,
        method: 'post',
        path: `/${tag}/{id}/restore`,
        tag,
        needs: changing(kind),
        summary: `Take one ${kind} out of the archive, or make an old version of it the newest`,
        headers: preconditions,
        body: z.strictObject({
          version: version.exactOptional().meta({ description: 'Left out: as it was when it was archived' }),
        }),
        bodyOptional: true,
        responses: { 200: shown },
        problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'badRequest', 'notFound', 'staleVersion'],
      },
      (call) => restore(call, kind, call.body.version),
    ),
  ];
}

function findVersion(call: Pick<Call<Operation>, 'services' | 'space' | 'param'>, kind: ResourceKind, other?: number) {
  const text = call.param('version');
  const wanted = other ?? (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0);
  return call.services.config.findVersion(call.space, kind, call.param('id'), wanted);
}

async function diff(
  call: Pick<Call<Operation>, 'services' | 'space' | 'param'>,
  kind: ResourceKind,
  other: number | undefined,
): Promise<AdminAnswer> {
  const after = await findVersion(call, kind);
  if (!after) return { problem: 'notFound' };
  const from = other ?? after.version - 1;
  const before = from === 0 ? null : await findVersion(call, kind, from);
  if (!before && from !== 0) return { problem: 'notFound' };
  // It prints rules, and what prints them is loaded when an operator first needs it.
  const { fieldDiffs } = await import('../../core/ruleset/diff/field-diff.ts');
  const changes = fieldDiffs(kind, before ? compared(before) : {}, compared(after));
  const archived = { before: before?.archived, after: after.archived };
  return { status: 200, body: { from: before && from, to: after.version, archived, changes } };
}

/** Sealed secrets stay in: whether they differ is told, what they are is not. */
function compared({ body }: StoredVersion): Readonly<Record<string, unknown>> {
  return JSON.parse(body, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'secretEncrypted' in value
      ? renamed(value as { readonly secretEncrypted: unknown })
      : value,
  ) as Readonly<Record<string, unknown>>;
}

/** As it is put. */
function renamed({ secretEncrypted: secret, ...rest }: { readonly secretEncrypted: unknown }): object {
  return { ...rest, secret };
}

async function restore(call: Call<Operation>, kind: ResourceKind, old: number | undefined): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const id = call.param('id');
  const wanted = expectedVersion(call);
  if (!wanted.ok) return wanted.error;
  const present = await services.config.find(space, kind, id);
  if (!present) return { problem: 'notFound' };
  const before = old === undefined ? present : await services.config.findVersion(space, kind, id, old);
  if (!before) return { problem: 'notFound' };
  const body = await asNow(kind, before, present);
  if (!body.ok) return invalid(body.error);
  // What is kept of a source is that of the version that was read.
  const expected = wanted.value ?? present.version;
  const changed = await services
    .publisher(space)
    .change({ actor, kind, id, body: body.value, expectedVersion: expected });
  if (!changed.ok)
    return changed.error.kind === 'stale' ? conflict(call, kind, expected, body.value) : refused(changed.error);
  const now = await services.config.find(space, kind, id);
  return now ? answerResource(200, kind, now) : { problem: 'internal' };
}

/** An old body as it can be a new one: it fits the schema of today, and credentials that were taken away since stay away. */
async function asNow(
  kind: ResourceKind,
  before: StoredVersion,
  present: StoredVersion,
): Promise<Result<string, readonly ProblemItem[]>> {
  if (before.version === present.version) return ok(before.body);
  const parsed = RESOURCE_SCHEMAS[kind].safeParse(JSON.parse(before.body));
  if (!parsed.success) return err(schemaProblems(parsed.error));
  if (kind !== 'source') return ok(JSON.stringify(parsed.data));
  const { keepCredentials } = await import('../../core/ruleset/keep-credentials.ts');
  const old = { format: 1 as const, sources: [parsed.data as Source] };
  const kept = keepCredentials(old, () => JSON.parse(present.body) as Source);
  return ok(JSON.stringify(kept.sources[0]));
}
