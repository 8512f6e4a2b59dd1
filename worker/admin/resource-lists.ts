import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import { listPage, listQuery, pageOf, readListQuery } from './list-query.ts';
import { type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';
import { shownResource, showResource, title } from './shown-resource.ts';

const allQuery = listQuery.extend({ kind: z.enum(RESOURCE_KINDS).exactOptional() });

const summary = z.object({
  kind: z.enum(RESOURCE_KINDS),
  id: z.string(),
  name: z.string(),
  folder: z.string().nullable(),
  tags: z.array(z.string()),
  owner: z.string().nullable(),
  version: z.number().int(),
  archived: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
  updatedBy: z.string(),
});

/** A list of each kind with its resources, and one over all kinds with what tells them apart. */
export const resourceListRoutes: readonly Route[] = [
  ...RESOURCE_KINDS.map(listOf),
  route(
    {
      id: 'listResources',
      method: 'get',
      path: '/resources',
      tag: 'resources',
      needs: 'read',
      summary: 'List resources of all kinds, without what they say',
      query: allQuery,
      responses: { 200: z.object({ items: z.array(summary), ...listPage }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services: { config }, space, query }) => {
      const list = readListQuery(query, query.kind);
      if (!list.ok) return list.error;
      const [found, count] = await Promise.all([
        config.summaries(space, { ...list.value, limit: list.value.limit + 1 }),
        query.count ? config.count(space, list.value) : undefined,
      ]);
      const { items, next } = pageOf(list.value, found, ({ kind, id, name, at }) => ({
        key: list.value.sort === 'name' ? name : at,
        kind,
        id,
      }));
      const shown = items.map(({ folder, owner, at, actor, createdAt, ...rest }) => ({
        ...rest,
        folder: folder || null,
        owner: owner || null,
        createdAt: formatInstant(createdAt),
        updatedAt: formatInstant(at),
        updatedBy: actor,
      }));
      return { status: 200, body: { items: shown, next, ...(count !== undefined && { count }) } };
    },
  ),
];

function listOf(kind: ResourceKind): Route {
  const { plural: tag } = KINDS[kind];
  return route(
    {
      id: `list${title(kind)}s`,
      method: 'get',
      path: `/${tag}`,
      tag,
      needs: 'read',
      summary: `List ${tag.replaceAll('-', ' ')}: search, filter, sort`,
      query: listQuery,
      responses: { 200: z.object({ items: z.array(shownResource(kind)), ...listPage }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    (call) => answerList(call, kind, call.query),
  );
}

async function answerList(
  { services: { config }, space }: Pick<Call<Operation>, 'services' | 'space'>,
  kind: ResourceKind,
  query: z.output<typeof listQuery>,
) {
  const list = readListQuery(query, kind);
  if (!list.ok) return list.error;
  const [found, count] = await Promise.all([
    config.list(space, { ...list.value, limit: list.value.limit + 1 }),
    query.count ? config.count(space, list.value) : undefined,
  ]);
  const { items, next } = pageOf(list.value, found, (item) => ({
    key: list.value.sort === 'name' ? nameOf(item) : item.at,
    kind,
    id: item.id,
  }));
  const shown = await Promise.all(items.map((item) => showResource(kind, item)));
  return { status: 200 as const, body: { items: shown, next, ...(count !== undefined && { count }) } };
}

/** As lists sort by it: a setting has none. */
function nameOf({ body }: StoredVersion): string {
  return (JSON.parse(body) as { readonly name?: string }).name ?? '';
}
