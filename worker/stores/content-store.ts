import { sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { ContentEntry } from '../../core/ruleset/content.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';

export type ContentStore = ReturnType<typeof createContentStore>;

/** Bodies of one read: D1 answers are bounded, bodies are at most 256 KB. */
const BODIES = 200;
const HEADS = 2_000;

export interface Head {
  readonly version: number;
  readonly archived: boolean;
  readonly hash: string;
}

/** Versions by name: what a sequence was compiled of, and where resources stand. */
export function createContentStore(db: DrizzleD1Database) {
  return {
    /** In the order that was asked for. Throws when one is not there: versions are never deleted. */
    async versions(space: Space, entries: readonly ContentEntry[]): Promise<readonly StoredVersion[]> {
      const found: StoredVersion[] = [];
      for (let from = 0; from < entries.length; from += BODIES) {
        const page = entries.slice(from, from + BODIES);
        const rows = await db.all<Omit<StoredVersion, 'at' | 'archived'> & { archived: number; at: number }>(
          sql`SELECT v.kind, v.id, v.version, v.archived, v.body, v.hash, v.at, v.actor
              FROM json_each(${JSON.stringify(page)}) AS wanted
              CROSS JOIN resource_version AS v
                ON v.space = ${space} AND v.kind = wanted.value ->> 0 AND v.id = wanted.value ->> 1
                AND v.version = wanted.value ->> 2
              ORDER BY wanted.key`,
        );
        if (rows.length < page.length) throw new Error('a version of the content is missing');
        found.push(...rows.map((row) => ({ ...row, archived: row.archived === 1, at: row.at as Instant })));
      }
      return found;
    },

    /** Where resources stand now, by `kind/id`; what never was is left out. */
    async heads(
      space: Space,
      wanted: readonly { readonly kind: ResourceKind; readonly id: string }[],
    ): Promise<ReadonlyMap<string, Head>> {
      const found = new Map<string, Head>();
      for (let from = 0; from < wanted.length; from += HEADS) {
        const page = wanted.slice(from, from + HEADS).map(({ kind, id }) => [kind, id]);
        const rows = await db.all<{ kind: string; id: string; version: number; archived: number; hash: string }>(
          sql`SELECT r.kind, r.id, r.version, r.archived, v.hash
              FROM json_each(${JSON.stringify(page)}) AS wanted
              CROSS JOIN resource AS r
                ON r.space = ${space} AND r.kind = wanted.value ->> 0 AND r.id = wanted.value ->> 1
              JOIN resource_version AS v
                ON v.space = r.space AND v.kind = r.kind AND v.id = r.id AND v.version = r.version`,
        );
        for (const { kind, id, version, archived, hash } of rows)
          found.set(`${kind}/${id}`, { version, archived: archived === 1, hash });
      }
      return found;
    },
  };
}
