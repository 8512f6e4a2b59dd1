import { and, eq, isNotNull, lte, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { hourOf } from '../../core/lib/instant.ts';
import { archiveRewrite } from '../../db/control/schema.ts';

/** One walk through the archive of a space, for everybody who was erased before it began. */
export interface RewritePass {
  readonly space: Space;
  readonly requests: readonly string[];
  /** Lines under these names go. */
  readonly keys: ReadonlySet<string>;
  /** Objects of the archive up to here have been looked through. */
  readonly cursor: string;
  /** The last hour that anything of them may lie in. */
  readonly until: string;
}

export type ArchiveRewriteStore = ReturnType<typeof createArchiveRewriteStore>;

/** What was read before a key was destroyed may be written for so long: a run of a queue consumer ends after a quarter of an hour. */
const SETTLED_MS = 30 * 60_000;
/** Erasures of one walk. */
const MOST_REQUESTS = 500;

export function createArchiveRewriteStore(db: DrizzleD1Database) {
  const begun = isNotNull(archiveRewrite.cursor);
  const of = ({ space, requests }: RewritePass) =>
    and(eq(archiveRewrite.space, space), sql`request IN (SELECT value FROM json_each(${JSON.stringify(requests)}))`);
  return {
    /** Once the keys are destroyed. `since`: when the first of what they sealed arrived; null: not known. */
    async note(space: Space, request: string, keys: readonly string[], since: Instant | null, at: Instant) {
      if (keys.length === 0) return;
      await db
        .insert(archiveRewrite)
        .values({
          space,
          request,
          keys: JSON.stringify(keys),
          since: since === null ? '' : hourOf(since),
          notedAt: at,
        })
        .onConflictDoNothing();
    },

    /** Whether lines of this erasure may still lie in the archive. */
    async isPending(space: Space, request: string): Promise<boolean> {
      const rows = await db
        .select({ space: archiveRewrite.space })
        .from(archiveRewrite)
        .where(and(eq(archiveRewrite.space, space), eq(archiveRewrite.request, request)));
      return rows.length > 0;
    },

    /** Spaces where something is to be rewritten. */
    async spaces(): Promise<readonly Space[]> {
      return (await db.selectDistinct({ space: archiveRewrite.space }).from(archiveRewrite)).map(
        ({ space }) => space as Space,
      );
    },

    /** The walk that was begun; else a new one, for all who wait. Null: nobody does. Whoever comes while one goes on waits for the next, so that each comes to its end. */
    async pass(space: Space, now: number): Promise<RewritePass | null> {
      const inSpace = eq(archiveRewrite.space, space);
      let rows = await db.select().from(archiveRewrite).where(and(inSpace, begun));
      if (rows.length === 0) {
        const waiting = await db
          .select()
          .from(archiveRewrite)
          .where(and(inSpace, lte(archiveRewrite.notedAt, now - SETTLED_MS)))
          .limit(MOST_REQUESTS);
        const cursor = `${space}/${waiting.map(({ since }) => since).sort()[0] ?? ''}`;
        rows = waiting.map((row) => ({ ...row, cursor }));
      }
      const [first] = rows;
      if (!first) return null;
      const made: RewritePass = {
        space,
        requests: rows.map(({ request }) => request),
        keys: new Set(rows.flatMap(({ keys }) => JSON.parse(keys) as string[])),
        cursor: first.cursor ?? `${space}/`,
        until: hourOf(Math.max(...rows.map(({ notedAt }) => notedAt)) as Instant),
      };
      await this.advance(made, made.cursor);
      return made;
    },

    async advance(pass: RewritePass, cursor: string): Promise<void> {
      await db.update(archiveRewrite).set({ cursor }).where(of(pass));
    },

    async end(pass: RewritePass): Promise<void> {
      await db.delete(archiveRewrite).where(of(pass));
    },
  };
}
