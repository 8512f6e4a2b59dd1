import { and, asc, eq, isNull } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { operatorToken } from '../../db/control/schema.ts';

export interface Operator {
  readonly name: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** Day of the last request, `2026-11-22`. */
  readonly lastUsedDay: string | null;
  readonly revokedAt: Instant | null;
}

export type OperatorStore = ReturnType<typeof createOperatorStore>;

export function createOperatorStore(db: DrizzleD1Database) {
  const named = (space: Space, name: string) => and(eq(operatorToken.space, space), eq(operatorToken.name, name));
  return {
    /** The operator behind a token's SHA-256 (hex); revoked ones are not found. */
    async findByHash(space: Space, hash: string): Promise<Operator | null> {
      const rows = await db
        .select()
        .from(operatorToken)
        .where(and(eq(operatorToken.space, space), eq(operatorToken.hash, hash), isNull(operatorToken.revokedAt)));
      return rows[0] ? operatorOf(rows[0]) : null;
    },

    async find(space: Space, name: string): Promise<Operator | null> {
      const rows = await db.select().from(operatorToken).where(named(space, name));
      return rows[0] ? operatorOf(rows[0]) : null;
    },

    async list(space: Space): Promise<readonly Operator[]> {
      const rows = await db
        .select()
        .from(operatorToken)
        .where(eq(operatorToken.space, space))
        .orderBy(asc(operatorToken.name));
      return rows.map(operatorOf);
    },

    /** Written at most once a day, so that reading the API costs no write each time. */
    async used(space: Space, name: string, day: string): Promise<void> {
      await db.update(operatorToken).set({ lastUsedDay: day }).where(named(space, name));
    },

    /** A statement for a batch: a new token, also in place of a revoked one. */
    create: (space: Space, name: string, hash: string, createdAt: Instant, createdBy: string) => {
      const values = { hash, createdAt, createdBy, lastUsedDay: null, revokedAt: null };
      return db
        .insert(operatorToken)
        .values({ space, name, ...values })
        .onConflictDoUpdate({ target: [operatorToken.space, operatorToken.name], set: values });
    },

    /** A statement for a batch. */
    revoke: (space: Space, name: string, revokedAt: Instant) =>
      db.update(operatorToken).set({ revokedAt }).where(named(space, name)),
  };
}

function operatorOf({
  name,
  createdAt,
  createdBy,
  lastUsedDay,
  revokedAt,
}: typeof operatorToken.$inferSelect): Operator {
  return { name, createdAt: createdAt as Instant, createdBy, lastUsedDay, revokedAt: revokedAt as Instant | null };
}
