import { and, eq, isNull, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';
import {
  deadLetter,
  endedProfile,
  erasure,
  identityAlarm,
  identityClaim,
  membership,
  profile,
} from '../../db/control/schema.ts';

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
  /** The one id that is to be erased alone, sealed; null: a whole person, or the profile is wiped. */
  readonly sealedId: string | null;
}

export type ErasureStore = ReturnType<typeof createErasureStore>;

/** How many unfinished ones a run of the schedule takes up. */
const PAGE = 50;

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

    /** The first to name a request decides whom it erases: repeating it can hit nobody else. */
    async begin(record: ErasureRecord): Promise<ErasureRecord> {
      await db
        .insert(erasure)
        .values({ ...record, deleted: JSON.stringify(record.deleted) })
        .onConflictDoNothing();
      return (await this.find(record.space, record.request)) ?? record;
    },

    /** Changes nothing once it has ended: somebody slower must not take back what the certificate says. */
    async advance({ space, request, profile: pid, step, deleted, finishedAt, sealedId }: ErasureRecord): Promise<void> {
      await db
        .update(erasure)
        .set({ profile: pid, step, deleted: JSON.stringify(deleted), finishedAt, sealedId })
        .where(and(named(space, request), isNull(erasure.finishedAt)));
    },

    /** Puts down whom an unfinished erasure ends, when what was read of it still holds: of two calls that go on with one request, one decides. */
    async aim({ space, request, profile: pid, deleted }: ErasureRecord, before: ProfileId): Promise<boolean> {
      const { meta } = await db
        .update(erasure)
        .set({ profile: pid, deleted: JSON.stringify(deleted) })
        .where(
          and(named(space, request), eq(erasure.profile, before), eq(erasure.step, 0), isNull(erasure.finishedAt)),
        );
      return meta.changes === 1;
    },

    /**
     * Everything in the tables of profiles that one person lived in, and whatever was archived under these keys out of the dead letters of others; what a
     * message of before says of them makes no row any more. Returns rows deleted, and letters.
     */
    async deleteRows(
      space: Space,
      profiles: readonly string[],
      keys: readonly string[],
      at: Instant,
    ): Promise<{ readonly index: number; readonly deadLetters: number }> {
      const listed = (values: readonly string[]) => sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
      const isTheirs = sql`json_extract(body, '$.profile') || '/' || (fact.value ->> 'strand') IN ${listed(keys)}`;
      const facts = sql`json_each(body, '$.facts') fact`;
      const readable = and(eq(deadLetter.space, space), sql`json_valid(body)`);
      const [, memberships, people, claims, alarms, letters, parts] = await db.batch([
        db
          .insert(endedProfile)
          .select(sql`SELECT ${space}, value, 1, ${at} FROM json_each(${JSON.stringify(profiles)}) WHERE true`)
          .onConflictDoUpdate({ target: [endedProfile.space, endedProfile.pid], set: { erased: true, at } }),
        db.delete(membership).where(and(eq(membership.space, space), sql`pid IN ${listed(profiles)}`)),
        db.delete(profile).where(and(eq(profile.space, space), sql`pid IN ${listed(profiles)}`)),
        db.delete(identityClaim).where(and(eq(identityClaim.space, space), sql`pid IN ${listed(profiles)}`)),
        db.delete(identityAlarm).where(and(eq(identityAlarm.space, space), sql`pid IN ${listed(profiles)}`)),
        db.delete(deadLetter).where(and(readable, sql`json_extract(body, '$.profile') IN ${listed(profiles)}`)),
        db
          .update(deadLetter)
          .set({
            body: sql`json_set(body, '$.facts', json((SELECT json_group_array(json(fact.value)) FROM ${facts} WHERE NOT (${isTheirs}))))`,
          })
          .where(and(readable, sql`EXISTS (SELECT 1 FROM ${facts} WHERE ${isTheirs})`)),
      ]);
      return {
        index: memberships.meta.changes + people.meta.changes + claims.meta.changes + alarms.meta.changes,
        deadLetters: letters.meta.changes + parts.meta.changes,
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
