import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What publishing keeps in D1 beside the resources; see schema.ts for what all tables have in common. Written seldom, so the list by state may have an index. */

/** Proposed changes of the configuration, under a name. See docs/design/control-plane.md. */
export const changeSet = sqliteTable(
  'change_set',
  {
    space: text().notNull(),
    /** Rises with the time that it was made. */
    id: text().notNull(),
    title: text().notNull(),
    description: text().notNull(),
    state: text().notNull(),
    /** From 1; each act makes it one more. */
    revision: integer().notNull(),
    /** SHA-256 (hex) over the heads of the items. */
    hash: text().notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** JSON: names of all who ever made or edited it. */
    editors: text().notNull(),
    /** JSON, each null where there is none: see core/ruleset/change-set.ts. */
    approval: text(),
    schedule: text(),
    published: text(),
    failure: text(),
    /** Of `schedule`, as long as the state is `scheduled`. */
    scheduledAt: integer('scheduled_at'),
  },
  (t) => [primaryKey({ columns: [t.space, t.id] }), index('change_set_state').on(t.space, t.state, t.id)],
);

/** What a change set proposes: at most one body of each resource. */
export const changeSetItem = sqliteTable(
  'change_set_item',
  {
    space: text().notNull(),
    changeSet: text('change_set').notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    /** The version that it was made from; 0: none. */
    baseVersion: integer('base_version').notNull(),
    /** JSON of the stored form; null: archive it. */
    body: text(),
    /** SHA-256 (hex) of `body`. */
    hash: text(),
    editedAt: integer('edited_at').notNull(),
    editedBy: text('edited_by').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.changeSet, t.kind, t.id] })],
);

/** What became of a change set on its way: who submitted, approved, rejected it, and what they wrote. */
export const changeSetReview = sqliteTable(
  'change_set_review',
  {
    space: text().notNull(),
    changeSet: text('change_set').notNull(),
    /** The revision that it made. */
    revision: integer().notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
    act: text().notNull(),
    /** Of the items then. */
    hash: text().notNull(),
    note: text(),
  },
  (t) => [primaryKey({ columns: [t.space, t.changeSet, t.revision] })],
);

/** A space with a row here publishes no rules. */
export const freeze = sqliteTable('freeze', {
  space: text().primaryKey().notNull(),
  actor: text().notNull(),
  since: integer().notNull(),
  reason: text().notNull(),
});
