import { eq } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { Freeze } from '../../core/ruleset/publisher-rpc.ts';
import { freeze } from '../../db/control/change-set-tables.ts';

export type FreezeStore = ReturnType<typeof createFreezeStore>;

export function createFreezeStore(db: DrizzleD1Database) {
  return {
    /** Null: rules may be published. */
    async find(space: Space): Promise<Freeze | null> {
      const row = (await db.select().from(freeze).where(eq(freeze.space, space)))[0];
      return row ? { by: row.actor, since: row.since as Instant, reason: row.reason } : null;
    },

    /** A statement for a batch. */
    put: (space: Space, { by, since, reason }: Freeze) =>
      db
        .insert(freeze)
        .values({ space, actor: by, since, reason })
        .onConflictDoUpdate({ target: freeze.space, set: { actor: by, since, reason } }),

    /** A statement for a batch. */
    end: (space: Space) => db.delete(freeze).where(eq(freeze.space, space)),
  };
}
