import { and, desc, eq, gte, inArray, isNull, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';
import { deadLetter, erasure, identityClaim, membership, profile } from '../../db/control/schema.ts';

/** What an erasure deleted, by place; counts. */
export interface Deleted {
  readonly identities: number;
  readonly events: number;
  readonly archiveKeys: number;
  readonly indexRows: number;
  readonly deadLetters: number;
}

/** One erasure and how far it has come. */
export interface ErasureRecord {
  readonly space: Space;
  readonly request: string;
  readonly profile: ProfileId;
  readonly scope: 'person' | 'identity';
  readonly suppress: boolean;
  readonly requestedAt: Instant;
  /** Steps done: a place in `ERASURE_STEPS`. */
  readonly step: number;
  readonly deleted: Deleted;
  readonly finishedAt: Instant | null;
}

export type ErasureStore = ReturnType<typeof createErasureStore>;

/** How many unfinished ones a run of the schedule takes up. */
const PAGE = 50;
/** Ended ones that it looks at once more. */
const RECENT = 200;

export function createErasureStore(db: DrizzleD1Database) {
  const named = (space: Space, request: string) => and(eq(erasure.space, space), eq(erasure.request, request));
  return {
    async find(space: Space, request: string): Promise<ErasureRecord | null> {
      const rows = await db.select().from(erasure).where(named(space, request));
      return rows[0] ? recordOf(rows[0]) : null;
    },

    async unfinished(): Promise<readonly ErasureRecord[]> {
      return (await db.select().from(erasure).where(isNull(erasure.finishedAt)).limit(PAGE)).map(recordOf);
    },

    /** The newest that have ended since then. */
    async finishedSince(since: Instant): Promise<readonly ErasureRecord[]> {
      const rows = db.select().from(erasure).where(gte(erasure.finishedAt, since));
      return (await rows.orderBy(desc(erasure.finishedAt)).limit(RECENT)).map(recordOf);
    },

    /** The first to name a request decides whom it erases: repeating it can hit nobody else. */
    async begin(record: ErasureRecord): Promise<ErasureRecord> {
      await db
        .insert(erasure)
        .values({ ...record, deleted: JSON.stringify(record.deleted) })
        .onConflictDoNothing();
      return (await this.find(record.space, record.request)) ?? record;
    },

    async advance({ space, request, profile: pid, step, deleted, finishedAt }: ErasureRecord): Promise<void> {
      await db
        .update(erasure)
        .set({ profile: pid, step, deleted: JSON.stringify(deleted), finishedAt })
        .where(named(space, request));
    },

    /** Everything in the tables of profiles that one person lived in; returns rows deleted. */
    async deleteRows(
      space: Space,
      profiles: readonly string[],
    ): Promise<{ readonly index: number; readonly deadLetters: number }> {
      const ids = [...profiles];
      const [memberships, people, claims, letters] = await db.batch([
        db.delete(membership).where(and(eq(membership.space, space), inArray(membership.pid, ids))),
        db.delete(profile).where(and(eq(profile.space, space), inArray(profile.pid, ids))),
        db.delete(identityClaim).where(and(eq(identityClaim.space, space), inArray(identityClaim.pid, ids))),
        db
          .delete(deadLetter)
          .where(
            and(
              eq(deadLetter.space, space),
              sql`json_valid(body) AND json_extract(body, '$.profile') IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
            ),
          ),
      ]);
      return {
        index: memberships.meta.changes + people.meta.changes + claims.meta.changes,
        deadLetters: letters.meta.changes,
      };
    },
  };
}

function recordOf(row: typeof erasure.$inferSelect): ErasureRecord {
  return {
    ...row,
    space: row.space as Space,
    profile: row.profile as ProfileId,
    requestedAt: row.requestedAt as Instant,
    finishedAt: row.finishedAt as Instant | null,
    deleted: JSON.parse(row.deleted) as Deleted,
  };
}
