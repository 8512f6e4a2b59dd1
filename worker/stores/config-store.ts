import { and, asc, eq, gt, or } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import { resource, resourceVersion } from '../../db/control/schema.ts';

export type ConfigStore = ReturnType<typeof createConfigStore>;

/** One read's worth of resources: D1 answers are bounded, bodies are at most 256 KB. */
const PAGE = 200;

export function createConfigStore(db: DrizzleD1Database) {
  const newest = () =>
    db
      .select({
        kind: resource.kind,
        id: resource.id,
        version: resource.version,
        archived: resource.archived,
        body: resourceVersion.body,
        hash: resourceVersion.hash,
        at: resourceVersion.at,
        actor: resourceVersion.actor,
      })
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

  return {
    async find(space: Space, kind: ResourceKind, id: string): Promise<StoredVersion | null> {
      const rows = await newest().where(and(eq(resource.space, space), eq(resource.kind, kind), eq(resource.id, id)));
      return rows[0] ? versionOf(rows[0]) : null;
    },

    /** By id, one page after `after`. */
    async list(space: Space, kind: ResourceKind, page: ListPage): Promise<readonly StoredVersion[]> {
      const rows = await newest()
        .where(
          and(
            eq(resource.space, space),
            eq(resource.kind, kind),
            page.after === undefined ? undefined : gt(resource.id, page.after),
            page.archived ? undefined : eq(resource.archived, false),
          ),
        )
        .orderBy(asc(resource.id))
        .limit(page.limit);
      return rows.map(versionOf);
    },

    /** Everything that a publish compiles, in the order of (kind, id), so that equal drafts give equal parts. */
    async readDraft(space: Space): Promise<readonly StoredVersion[]> {
      const all: StoredVersion[] = [];
      for (;;) {
        const last = all.at(-1);
        const later =
          last && or(gt(resource.kind, last.kind), and(eq(resource.kind, last.kind), gt(resource.id, last.id)));
        const rows = await newest()
          .where(and(eq(resource.space, space), eq(resource.archived, false), later))
          .orderBy(asc(resource.kind), asc(resource.id))
          .limit(PAGE);
        all.push(...rows.map(versionOf));
        if (rows.length < PAGE) return all;
      }
    },

    /** Two statements for a batch: the new version's body, and the pointer to it. A version that exists already refuses the batch. */
    write: (space: Space, { kind, id, version, archived, body, hash, at, actor }: StoredVersion) =>
      [
        db.insert(resourceVersion).values({ space, kind, id, version, archived, body, hash, at, actor }),
        db
          .insert(resource)
          .values({ space, kind, id, version, archived })
          .onConflictDoUpdate({ target: [resource.space, resource.kind, resource.id], set: { version, archived } }),
      ] as const,
  };
}

export interface ListPage {
  readonly limit: number;
  readonly after?: string | undefined;
  /** Show archived ones as well. */
  readonly archived: boolean;
}

function versionOf(row: Omit<StoredVersion, 'at'> & { readonly at: number }): StoredVersion {
  return { ...row, at: row.at as Instant };
}
