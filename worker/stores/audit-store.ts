import { and, asc, desc, eq, gt, lt } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { AuditAction, AuditEntry } from '../../core/ruleset/audit-entry.ts';
import { audit, resourceVersion } from '../../db/control/schema.ts';

/** An entry together with the body that it speaks of, when it speaks of a resource. */
export interface AuditedVersion {
  readonly entry: AuditEntry;
  readonly body: string | null;
}

/** D1 takes 100 parameters a statement; a row has 16. */
const ROWS = 6;

export type AuditStore = ReturnType<typeof createAuditStore>;

export function createAuditStore(db: DrizzleD1Database) {
  const ofSpace = (space: Space) => eq(audit.space, space);
  return {
    /** Statements for a batch, each of as many rows as it may have parameters. The primary key refuses a number that is taken. */
    insertAll: (space: Space, entries: readonly AuditEntry[]) =>
      Array.from({ length: Math.ceil(entries.length / ROWS) }, (_, i) =>
        db.insert(audit).values(entries.slice(i * ROWS, (i + 1) * ROWS).map((entry) => ({ space, ...entry }))),
      ),

    async find(space: Space, number: number): Promise<AuditEntry | null> {
      const rows = await db
        .select()
        .from(audit)
        .where(and(ofSpace(space), eq(audit.number, number)));
      return rows[0] ? entryOf(rows[0]) : null;
    },

    /** Newest first. */
    async page(space: Space, limit: number, before?: number): Promise<readonly AuditEntry[]> {
      const older = before === undefined ? undefined : lt(audit.number, before);
      const rows = await db
        .select()
        .from(audit)
        .where(and(ofSpace(space), older))
        .orderBy(desc(audit.number))
        .limit(limit);
      return rows.map(entryOf);
    },

    /** Oldest first, from the number after `after`, with the bodies that the entries speak of. */
    async withBodies(space: Space, after: number, limit: number): Promise<readonly AuditedVersion[]> {
      const rows = await db
        .select({ entry: audit, body: resourceVersion.body })
        .from(audit)
        .leftJoin(
          resourceVersion,
          and(
            eq(resourceVersion.space, audit.space),
            eq(resourceVersion.kind, audit.kind),
            eq(resourceVersion.id, audit.subject),
            eq(resourceVersion.version, audit.afterVersion),
          ),
        )
        .where(and(ofSpace(space), gt(audit.number, after)))
        .orderBy(asc(audit.number))
        .limit(limit);
      return rows.map(({ entry, body }) => ({ entry: entryOf(entry), body }));
    },
  };
}

function entryOf({ space: _space, ...row }: typeof audit.$inferSelect): AuditEntry {
  return { ...row, at: row.at as Instant, action: row.action as AuditAction };
}
