import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The tables of a profile object. The SQL that makes them is in `migrations.ts`; a test holds the two together. */

/** The truth: one row per stored event, keyed by its idempotency key. No other index: each would be one more billed row. */
export const fact = sqliteTable(
  'fact',
  {
    source: text('source').notNull(),
    id: text('id').notNull(),
    strand: integer('strand').notNull(),
    /** Milliseconds. */
    at: integer('at').notNull(),
    receivedAt: integer('received_at').notNull(),
    type: text('type').notNull(),
    /** Bit mask of purposes collected under. */
    purposes: integer('purposes').notNull(),
    /** 0 browser, 1 server. */
    sentBy: integer('sent_by').notNull(),
    /** Position in AUTH_STATES. */
    auth: integer('auth').notNull(),
    /** JSON: `{data, context, consent?, claims?, links?}`. */
    body: text('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.id] })],
);

/** One snapshot, cut into pages when it outgrows one row. Page 0 is read alone on wake. */
export const state = sqliteTable('state', {
  page: integer('page').primaryKey(),
  /** Number of migrations that had run when the page was written. */
  schema: integer('schema').notNull(),
  /** Pages of the snapshot. */
  pages: integer('pages').notNull(),
  bytes: blob('bytes', { mode: 'buffer' }).notNull(),
});

/** Facts of strands that came from another profile, a page in one row as it came. Only where one came. */
export const history = sqliteTable('history', {
  page: integer('page').primaryKey(),
  /** Of all its facts: they keep the number of their strand here. */
  strand: integer('strand').notNull(),
  /** Milliseconds: when the newest of them was received. */
  receivedAt: integer('received_at').notNull(),
  /** 32-bit hashes of their names, rising: whether one of them is here is known without reading the lines. */
  hashes: blob('hashes', { mode: 'buffer' }).notNull(),
  /** A line of JSON for each: `[source, id, at, receivedAt, type, purposes, sentBy, auth, body]`. */
  lines: text('lines').notNull(),
});

/** Recent events that are stored at another profile since their device left there: sent again, they are known. Only where one came. */
export const seen = sqliteTable(
  'seen',
  {
    source: text('source').notNull(),
    id: text('id').notNull(),
    /** Milliseconds: when it was received. */
    at: integer('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.id] })],
);
