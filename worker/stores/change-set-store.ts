import { and, asc, desc, eq, lt, lte, min, sql, sum } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type {
  ChangeSet,
  ChangeSetItem,
  ChangeSetState,
  ChangeSetStep,
  ItemHead,
} from '../../core/ruleset/change-set.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import { changeSet, changeSetItem, changeSetReview } from '../../db/control/change-set-tables.ts';

export interface ChangeSetPage {
  readonly limit: number;
  /** The last id of the page before. */
  readonly before?: string | undefined;
  readonly state?: ChangeSetState | undefined;
}

export type ChangeSetStore = ReturnType<typeof createChangeSetStore>;

export function createChangeSetStore(db: DrizzleD1Database) {
  const one = (space: Space, id: string) => and(eq(changeSet.space, space), eq(changeSet.id, id));
  const itemsOf = (space: Space, id: string) => and(eq(changeSetItem.space, space), eq(changeSetItem.changeSet, id));
  const itemOf = (space: Space, set: string, kind: ResourceKind, id: string) =>
    and(itemsOf(space, set), eq(changeSetItem.kind, kind), eq(changeSetItem.id, id));

  return {
    async find(space: Space, id: string): Promise<ChangeSet | null> {
      const rows = await db.select().from(changeSet).where(one(space, id));
      return rows[0] ? setOf(rows[0]) : null;
    },

    /** Newest first. */
    async list(space: Space, { limit, before, state }: ChangeSetPage): Promise<readonly ChangeSet[]> {
      const rows = await db
        .select()
        .from(changeSet)
        .where(
          and(
            eq(changeSet.space, space),
            state === undefined ? undefined : eq(changeSet.state, state),
            before === undefined ? undefined : lt(changeSet.id, before),
          ),
        )
        .orderBy(desc(changeSet.id))
        .limit(limit);
      return rows.map(setOf);
    },

    /** In the order of (kind, id). */
    async items(space: Space, id: string): Promise<readonly ChangeSetItem[]> {
      const rows = await db
        .select()
        .from(changeSetItem)
        .where(itemsOf(space, id))
        .orderBy(asc(changeSetItem.kind), asc(changeSetItem.id));
      return rows.map(
        ({ space: _, changeSet: __, ...row }): ChangeSetItem => ({
          ...row,
          kind: row.kind as ResourceKind,
          editedAt: row.editedAt as Instant,
        }),
      );
    },

    async itemHeads(space: Space, id: string): Promise<readonly ItemHead[]> {
      const { kind, id: resource, baseVersion, hash } = changeSetItem;
      const rows = await db
        .select({ kind, id: resource, baseVersion, hash })
        .from(changeSetItem)
        .where(itemsOf(space, id));
      return rows.map((row) => ({ ...row, kind: row.kind as ResourceKind }));
    },

    /** Of all bodies together, in UTF-8. */
    async itemBytes(space: Space, id: string): Promise<number> {
      const bytes = sum(sql<number>`length(cast(${changeSetItem.body} AS BLOB))`);
      const rows = await db.select({ bytes }).from(changeSetItem).where(itemsOf(space, id));
      return Number(rows[0]?.bytes ?? 0);
    },

    /** Oldest first. */
    async reviews(space: Space, id: string): Promise<readonly ChangeSetStep[]> {
      const rows = await db
        .select()
        .from(changeSetReview)
        .where(and(eq(changeSetReview.space, space), eq(changeSetReview.changeSet, id)))
        .orderBy(asc(changeSetReview.revision));
      return rows.map(({ space: _, changeSet: __, ...row }) => ({ ...row, at: row.at as Instant }));
    },

    /** Scheduled until now, in the order of their time. */
    async due(space: Space, now: Instant): Promise<readonly ChangeSet[]> {
      const rows = await db
        .select()
        .from(changeSet)
        .where(and(eq(changeSet.space, space), eq(changeSet.state, 'scheduled'), lte(changeSet.scheduledAt, now)))
        .orderBy(asc(changeSet.scheduledAt), asc(changeSet.id));
      return rows.map(setOf);
    },

    /** When the next scheduled set is due; null: none is scheduled. */
    async nextDue(space: Space): Promise<Instant | null> {
      const rows = await db
        .select({ at: min(changeSet.scheduledAt) })
        .from(changeSet)
        .where(and(eq(changeSet.space, space), eq(changeSet.state, 'scheduled')));
      return (rows[0]?.at ?? null) as Instant | null;
    },

    /** Statements for a batch. */
    insert: (space: Space, set: ChangeSet) => db.insert(changeSet).values({ space, ...rowOf(set) }),
    update: (space: Space, set: ChangeSet) => db.update(changeSet).set(rowOf(set)).where(one(space, set.id)),
    putItem(space: Space, set: string, item: ChangeSetItem) {
      const { kind, id, ...rest } = item;
      return db
        .insert(changeSetItem)
        .values({ space, changeSet: set, kind, id, ...rest })
        .onConflictDoUpdate({
          target: [changeSetItem.space, changeSetItem.changeSet, changeSetItem.kind, changeSetItem.id],
          set: rest,
        });
    },
    removeItem: (space: Space, set: string, kind: ResourceKind, id: string) =>
      db.delete(changeSetItem).where(itemOf(space, set, kind, id)),
    addReview: (space: Space, set: string, step: ChangeSetStep) =>
      db.insert(changeSetReview).values({ space, changeSet: set, ...step }),
  };
}

function rowOf({ editors, approval, schedule, published, failure, state, ...set }: ChangeSet) {
  const json = (value: object | null) => value && JSON.stringify(value);
  return {
    ...set,
    state,
    editors: JSON.stringify(editors),
    approval: json(approval),
    schedule: json(schedule),
    published: json(published),
    failure: json(failure),
    scheduledAt: state === 'scheduled' ? (schedule?.at ?? null) : null,
  };
}

function setOf({ space: _, scheduledAt: __, ...row }: typeof changeSet.$inferSelect): ChangeSet {
  const json = <T>(text: string | null) => (text === null ? null : (JSON.parse(text) as T));
  return {
    ...row,
    state: row.state as ChangeSetState,
    createdAt: row.createdAt as Instant,
    updatedAt: row.updatedAt as Instant,
    editors: JSON.parse(row.editors) as readonly string[],
    approval: json<NonNullable<ChangeSet['approval']>>(row.approval),
    schedule: json<NonNullable<ChangeSet['schedule']>>(row.schedule),
    published: json<NonNullable<ChangeSet['published']>>(row.published),
    failure: json<NonNullable<ChangeSet['failure']>>(row.failure),
  };
}
