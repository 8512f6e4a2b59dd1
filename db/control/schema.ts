import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * The tables of D1 database `CONTROL`. Instants are milliseconds since 1970, days `2026-11-22`, hours `2026-11-22T06`.
 * No table has a secondary index, because each is a billed row per write: every query goes by a prefix of the primary key, and the
 * migrations make the tables of small rows WITHOUT ROWID, so that the primary key is the table itself.
 */

/** The newest version of a configured resource; its body is the `resource_version` of that number. */
export const resource = sqliteTable(
  'resource',
  {
    space: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    version: integer().notNull(),
    archived: integer({ mode: 'boolean' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.kind, t.id] })],
);

/** Every body a resource ever had. Secrets in it are encrypted or hashed. An archived version keeps the last body. */
export const resourceVersion = sqliteTable(
  'resource_version',
  {
    space: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    version: integer().notNull(),
    /** JSON of the stored form. */
    body: text().notNull(),
    /** SHA-256 (hex) of `body`. */
    hash: text().notNull(),
    archived: integer({ mode: 'boolean' }).notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.kind, t.id, t.version] })],
);

/** Append-only. `hash` covers every other column and `previous_hash`, the hash of number − 1. */
export const audit = sqliteTable(
  'audit',
  {
    space: text().notNull(),
    number: integer().notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
    requestId: text('request_id').notNull(),
    action: text().notNull(),
    kind: text().notNull(),
    subject: text().notNull(),
    beforeVersion: integer('before_version'),
    beforeHash: text('before_hash'),
    afterVersion: integer('after_version'),
    afterHash: text('after_hash'),
    note: text(),
    previousHash: text('previous_hash').notNull(),
    hash: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.number] })],
);

/** Named operator tokens; the space in the token makes the lookup a prefix of the primary key. */
export const operatorToken = sqliteTable(
  'operator_token',
  {
    space: text().notNull(),
    name: text().notNull(),
    /** SHA-256 (hex) of the token. */
    hash: text().notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    lastUsedDay: text('last_used_day'),
    revokedAt: integer('revoked_at'),
  },
  (t) => [primaryKey({ columns: [t.space, t.name] })],
);

/** Index of profiles: known people, and anonymous ones only when sampled or activated. */
export const profile = sqliteTable('profile', {
  pid: text().primaryKey().notNull(),
  space: text().notNull(),
  /** 1: at least one person identity. */
  known: integer({ mode: 'boolean' }).notNull(),
  lastSeenDay: text('last_seen_day').notNull(),
});

export const membership = sqliteTable(
  'membership',
  {
    segment: text().notNull(),
    pid: text().notNull(),
    space: text().notNull(),
    since: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.segment, t.pid] })],
);

export const rollupEvent = sqliteTable(
  'rollup_event',
  {
    space: text().notNull(),
    hour: text().notNull(),
    source: text().notNull(),
    type: text().notNull(),
    count: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.source, t.type] })],
);

export const rollupMembership = sqliteTable(
  'rollup_membership',
  {
    space: text().notNull(),
    hour: text().notNull(),
    segment: text().notNull(),
    entered: integer().notNull(),
    exited: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.segment] })],
);

/** Members of a segment now: all that `rollup_membership` counted in, less all that it counted out, and what `reconcile` had to correct. */
export const rollupMembers = sqliteTable(
  'rollup_members',
  {
    space: text().notNull(),
    segment: text().notNull(),
    /** Profiles, known and anonymous. */
    members: integer().notNull(),
    /** The part of `members` that no entry or exit tells of. */
    corrected: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.segment] })],
);

export const rollupDecision = sqliteTable(
  'rollup_decision',
  {
    space: text().notNull(),
    hour: text().notNull(),
    placement: text().notNull(),
    /** '' is the fallback. */
    offer: text().notNull(),
    decisions: integer().notNull(),
    impressions: integer().notNull(),
    clicks: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.placement, t.offer] })],
);

/** Chunk ids that were counted already, per minute and shard: a repeated queue message is dropped. */
export const rollupLedger = sqliteTable(
  'rollup_ledger',
  {
    space: text().notNull(),
    minute: integer().notNull(),
    shard: integer().notNull(),
    ids: blob({ mode: 'buffer' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.minute, t.shard] })],
);

export const deadLetter = sqliteTable('dead_letter', {
  id: text().primaryKey().notNull(),
  space: text().notNull(),
  at: integer().notNull(),
  queue: text().notNull(),
  reason: text().notNull(),
  body: text().notNull(),
});
