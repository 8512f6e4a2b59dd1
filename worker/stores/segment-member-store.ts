import { and, asc, eq, gt } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Space } from '../../core/lib/ids.ts';
import { membership, rollupMembers } from '../../db/control/schema.ts';

export interface IndexedMember {
  readonly profile: string;
  /** ms since 1970. */
  readonly since: number;
}

export type SegmentMemberStore = ReturnType<typeof createSegmentMemberStore>;

/** Who is in a segment, as far as the index knows: people, as of what their profiles told last. */
export function createSegmentMemberStore(db: DrizzleD1Database) {
  return {
    /** In the order of profile ids, `after` not included. */
    async page(space: Space, segment: string, after: string, size: number): Promise<readonly IndexedMember[]> {
      return db
        .select({ profile: membership.pid, since: membership.since })
        .from(membership)
        .where(and(eq(membership.space, space), eq(membership.segment, segment), gt(membership.pid, after)))
        .orderBy(asc(membership.pid))
        .limit(size);
    },

    /** Known and anonymous; null: it was never counted. */
    async count(space: Space, segment: string): Promise<number | null> {
      const rows = await db
        .select({ members: rollupMembers.members })
        .from(rollupMembers)
        .where(and(eq(rollupMembers.space, space), eq(rollupMembers.segment, segment)));
      return rows[0]?.members ?? null;
    },
  };
}
