import { and, asc, eq, lte } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { OperatorSession, SessionDraft } from '../../core/ruleset/operator-session.ts';
import { operatorSession } from '../../db/control/schema.ts';

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Who is signed in. Rows that are over are read like any other: whoever asks looks at the clock. */
export function createSessionStore(db: DrizzleD1Database) {
  const named = (space: Space, id: string) => and(eq(operatorSession.space, space), eq(operatorSession.id, id));
  return {
    /** With the SHA-256 (hex) of the credential. */
    async find(space: Space, id: string): Promise<{ readonly hash: string; readonly session: OperatorSession } | null> {
      const rows = await db.select().from(operatorSession).where(named(space, id));
      return rows[0] ? { hash: rows[0].hash, session: sessionOf(rows[0]) } : null;
    },

    async list(space: Space): Promise<readonly OperatorSession[]> {
      const rows = await db
        .select()
        .from(operatorSession)
        .where(eq(operatorSession.space, space))
        .orderBy(asc(operatorSession.createdAt), asc(operatorSession.id));
      return rows.map(sessionOf);
    },

    /** Written every few minutes at most, so that reading the API costs no write each time. */
    async seen(space: Space, id: string, seenAt: Instant): Promise<void> {
      await db.update(operatorSession).set({ seenAt }).where(named(space, id));
    },

    /** A statement for a batch. */
    begin: (space: Space, operator: string, draft: SessionDraft, createdAt: Instant) =>
      db.insert(operatorSession).values({ ...draft, space, operator, createdAt, seenAt: createdAt }),

    /** A statement for a batch. */
    end: (space: Space, id: string) => db.delete(operatorSession).where(named(space, id)),

    /** A statement for a batch: all of one operator. */
    endAll: (space: Space, operator: string) =>
      db.delete(operatorSession).where(and(eq(operatorSession.space, space), eq(operatorSession.operator, operator))),

    /** A statement for a batch: those whose time is over. */
    sweep: (space: Space, now: Instant) =>
      db.delete(operatorSession).where(and(eq(operatorSession.space, space), lte(operatorSession.expiresAt, now))),
  };
}

function sessionOf({ space: _, hash: __, ...row }: typeof operatorSession.$inferSelect): OperatorSession {
  return {
    ...row,
    createdAt: row.createdAt as Instant,
    seenAt: row.seenAt as Instant,
    expiresAt: row.expiresAt as Instant,
  };
}
