/**
 * Migrations of a profile object, append-only: the number applied is stored with the snapshot, a higher number than
 * this list is refused, and an entry never changes once it has shipped.
 */
export const PROFILE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE fact (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    strand INTEGER NOT NULL,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    purposes INTEGER NOT NULL,
    sent_by INTEGER NOT NULL,
    auth INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, id)
  ) WITHOUT ROWID;
  CREATE TABLE state (
    page INTEGER PRIMARY KEY,
    schema INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    bytes BLOB NOT NULL
  )`,
];

/**
 * Made by the first write that needs it, and no migration: most objects never get a device that left a history elsewhere, and each table
 * costs two rows and a page at birth.
 */
export const SEEN_TABLE = `CREATE TABLE IF NOT EXISTS seen (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
  ) WITHOUT ROWID`;
