import { and, count, eq } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Space } from '../../core/lib/ids.ts';
import { resource } from '../../db/control/schema.ts';

export type UsageStore = ReturnType<typeof createUsageStore>;

/** How much of what a space may hold it holds. */
export function createUsageStore(db: DrizzleD1Database) {
  return {
    /** Drafts by kind; a kind without any is not there. */
    async resources(space: Space): Promise<Readonly<Record<string, number>>> {
      const rows = await db
        .select({ kind: resource.kind, drafts: count() })
        .from(resource)
        .where(and(eq(resource.space, space), eq(resource.archived, false)))
        .groupBy(resource.kind);
      return Object.fromEntries(rows.map(({ kind, drafts }) => [kind, drafts]));
    },
  };
}
