import { and, asc, desc, eq, gt, lt, or, type SQL, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { ResourceList, ResourceSummary, VersionInfo } from '../../core/ruleset/resource-list.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import { resource, resourceVersion } from '../../db/control/schema.ts';
import { listConditions, listOrder } from './resource-list-sql.ts';

export type ConfigStore = ReturnType<typeof createConfigStore>;

/** One read's worth of resources: D1 answers are bounded, bodies are at most 256 KB. */
const PAGE = 200;

/** D1 binds at most 100 values to a statement. */
const NAMES = 40;

const STORED = {
  kind: resource.kind,
  id: resource.id,
  version: resource.version,
  archived: resource.archived,
  body: resourceVersion.body,
  hash: resourceVersion.hash,
  at: resourceVersion.at,
  actor: resourceVersion.actor,
};

export function createConfigStore(db: DrizzleD1Database) {
  const newest = () =>
    db
      .select(STORED)
      .from(resource)
      .innerJoin(
        resourceVersion,
        and(
          eq(resourceVersion.space, resource.space),
          eq(resourceVersion.kind, resource.kind),
          eq(resourceVersion.id, resource.id),
          eq(resourceVersion.version, resource.version),
        ),
      );

  const versionsOf = (space: Space, kind: ResourceKind, id: string) =>
    and(eq(resourceVersion.space, space), eq(resourceVersion.kind, kind), eq(resourceVersion.id, id));

  /** All drafts in the order of (kind, id). */
  async function* pagesOf(space: Space, only?: SQL): AsyncGenerator<readonly StoredVersion[]> {
    for (let last: StoredVersion | undefined; ; ) {
      const later =
        last && or(gt(resource.kind, last.kind), and(eq(resource.kind, last.kind), gt(resource.id, last.id)));
      const rows = await newest()
        .where(and(eq(resource.space, space), eq(resource.archived, false), later, only))
        .orderBy(asc(resource.kind), asc(resource.id))
        .limit(PAGE);
      yield rows.map(versionOf);
      if (rows.length < PAGE) return;
      last = rows.map(versionOf).at(-1);
    }
  }

  async function readAll(space: Space, only?: SQL): Promise<readonly StoredVersion[]> {
    const all: StoredVersion[] = [];
    for await (const page of pagesOf(space, only)) all.push(...page);
    return all;
  }

  return {
    async find(space: Space, kind: ResourceKind, id: string): Promise<StoredVersion | null> {
      const rows = await newest().where(and(eq(resource.space, space), eq(resource.kind, kind), eq(resource.id, id)));
      return rows[0] ? versionOf(rows[0]) : null;
    },

    /** One page of what the list asks for, with bodies. */
    async list(space: Space, list: ResourceList): Promise<readonly StoredVersion[]> {
      const rows = await newest()
        .where(and(...listConditions(space, list, true)))
        .orderBy(...listOrder(list))
        .limit(list.limit);
      return rows.map(versionOf);
    },

    /** The same without bodies. */
    async summaries(space: Space, list: ResourceList): Promise<readonly ResourceSummary[]> {
      const rows = await db
        .select()
        .from(resource)
        .where(and(...listConditions(space, list, true)))
        .orderBy(...listOrder(list))
        .limit(list.limit);
      return rows.map(summaryOf);
    },

    /** Those of the named ones that are there. */
    async findSummaries(
      space: Space,
      named: readonly { readonly kind: ResourceKind; readonly id: string }[],
    ): Promise<readonly ResourceSummary[]> {
      const found: ResourceSummary[] = [];
      for (let from = 0; from < named.length; from += NAMES) {
        const each = named
          .slice(from, from + NAMES)
          .map(({ kind, id }) => and(eq(resource.kind, kind), eq(resource.id, id)));
        const rows = await db
          .select()
          .from(resource)
          .where(and(eq(resource.space, space), or(...each)));
        found.push(...rows.map(summaryOf));
      }
      return found;
    },

    /** How many a list has on all its pages. */
    async count(space: Space, list: ResourceList): Promise<number> {
      const rows = await db
        .select({ count: sql<number>`count(*)` })
        .from(resource)
        .where(and(...listConditions(space, list, false)));
      return rows[0]?.count ?? 0;
    },

    /** Everything that a publish compiles, in the order of (kind, id), so that equal drafts give equal parts. */
    readDraft: (space: Space): Promise<readonly StoredVersion[]> => readAll(space),

    /** The same, page by page. */
    draftPages: (space: Space): AsyncGenerator<readonly StoredVersion[]> => pagesOf(space),

    /** Those drafts in whose bodies a text stands: who names a resource is among them. */
    mentioning: (space: Space, text: string): Promise<readonly StoredVersion[]> =>
      readAll(space, sql`instr(${resourceVersion.body}, ${text}) > 0`),

    /** The history of a resource, newest first, one page before a version. */
    async versions(
      space: Space,
      kind: ResourceKind,
      id: string,
      page: { readonly limit: number; readonly before?: number | undefined },
    ): Promise<readonly VersionInfo[]> {
      const { version, archived, at, actor } = resourceVersion;
      const rows = await db
        .select({ version, archived, at, actor, size: sql<number>`length(CAST(${resourceVersion.body} AS BLOB))` })
        .from(resourceVersion)
        .where(and(versionsOf(space, kind, id), page.before === undefined ? undefined : lt(version, page.before)))
        .orderBy(desc(version))
        .limit(page.limit);
      return rows.map((row) => ({ ...row, at: row.at as Instant }));
    },

    async findVersion(space: Space, kind: ResourceKind, id: string, version: number): Promise<StoredVersion | null> {
      const rows = await db
        .select()
        .from(resourceVersion)
        .where(and(versionsOf(space, kind, id), eq(resourceVersion.version, version)));
      return rows[0] ? versionOf(rows[0]) : null;
    },

    /**
     * Two statements for a batch: the new version's body, and the pointer to it with what lists show. A version that exists already refuses the
     * batch.
     */
    write: (space: Space, { kind, id, version, archived, body, hash, at, actor }: StoredVersion) => {
      const shown = { version, archived, ...listedOf(id, body), updatedAt: at, updatedBy: actor };
      return [
        db.insert(resourceVersion).values({ space, kind, id, version, archived, body, hash, at, actor }),
        db
          .insert(resource)
          .values({ space, kind, id, ...shown, createdAt: at })
          .onConflictDoUpdate({ target: [resource.space, resource.kind, resource.id], set: shown }),
      ] as const;
    },
  };
}

function listedOf(id: string, body: string) {
  const { name, description, folder, tags, owner } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    name: text(name),
    folder: text(folder),
    tags: JSON.stringify(Array.isArray(tags) ? tags : []),
    owner: text(owner),
    search: [id, text(name), text(description)].join('\n').toLowerCase(),
  };
}

function versionOf(row: Omit<StoredVersion, 'at'> & { readonly at: number }): StoredVersion {
  const { kind, id, version, archived, body, hash, at, actor } = row;
  return { kind, id, version, archived, body, hash, at: at as Instant, actor };
}

function summaryOf(row: typeof resource.$inferSelect): ResourceSummary {
  const { space: _, search: __, updatedAt, updatedBy, createdAt, tags, ...rest } = row;
  return {
    ...rest,
    tags: JSON.parse(tags) as readonly string[],
    at: updatedAt as Instant,
    actor: updatedBy,
    createdAt: createdAt as Instant,
  };
}
