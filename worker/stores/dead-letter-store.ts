import { and, count, desc, eq, lt, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { deadLetter } from '../../db/control/schema.ts';

/** What could not be processed, without what is in it. */
export interface DeadLetter {
  readonly id: string;
  readonly at: Instant;
  readonly queue: string;
  readonly reason: string;
  /** null: it cannot be read. */
  readonly profile: string | null;
  readonly events: number;
  readonly bytes: number;
}

export type DeadLetterStore = ReturnType<typeof createDeadLetterStore>;

export function createDeadLetterStore(db: DrizzleD1Database) {
  const named = (space: Space, id: string) => and(eq(deadLetter.space, space), eq(deadLetter.id, id));
  return {
    /** Newest first. `before`: the instant of the last one seen. */
    async list(space: Space, { limit, before }: { readonly limit: number; readonly before?: number | undefined }) {
      const rows = await db
        .select({
          id: deadLetter.id,
          at: deadLetter.at,
          queue: deadLetter.queue,
          reason: deadLetter.reason,
          profile: sql<string | null>`CASE WHEN json_valid(body) THEN json_extract(body, '$.profile') END`,
          events: sql<number>`CASE WHEN json_valid(body) THEN coalesce(json_array_length(body, '$.facts'), 0) ELSE 0 END`,
          bytes: sql<number>`length(body)`,
        })
        .from(deadLetter)
        .where(and(eq(deadLetter.space, space), before === undefined ? undefined : lt(deadLetter.at, before)))
        .orderBy(desc(deadLetter.at))
        .limit(limit);
      return rows.map((row): DeadLetter => ({ ...row, at: row.at as Instant }));
    },

    async count(space: Space): Promise<number> {
      const [row] = await db.select({ letters: count() }).from(deadLetter).where(eq(deadLetter.space, space));
      return row?.letters ?? 0;
    },

    /** The message as it was given up; null: there is no such letter. Throws when it cannot be read. */
    async find(space: Space, id: string): Promise<EffectMessage | null> {
      const [row] = await db.select({ body: deadLetter.body }).from(deadLetter).where(named(space, id));
      return row ? (JSON.parse(row.body) as EffectMessage) : null;
    },

    async has(space: Space, id: string): Promise<boolean> {
      return (await db.select({ id: deadLetter.id }).from(deadLetter).where(named(space, id))).length > 0;
    },

    async remove(space: Space, id: string): Promise<void> {
      await db.delete(deadLetter).where(named(space, id));
    },
  };
}
