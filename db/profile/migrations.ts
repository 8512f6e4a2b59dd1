/** The facts. Made again where all of them have gone: that writes two rows, deleting them one for each. */
export const FACT_TABLE = `CREATE TABLE fact (
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
  ) WITHOUT ROWID`;

/**
 * Migrations of a profile object, append-only: the number applied is stored with the snapshot, a higher number than
 * this list is refused, and an entry never changes once it has shipped. Only the first runs at birth; others when something needs them, with
 * all before: an older version of the code then refuses what it could not read.
 */
export const PROFILE_MIGRATIONS: readonly string[] = [
  `${FACT_TABLE};
  CREATE TABLE state (
    page INTEGER PRIMARY KEY,
    schema INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    bytes BLOB NOT NULL
  )`,
  `CREATE TABLE history (
    page INTEGER PRIMARY KEY,
    strand INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    lines TEXT NOT NULL
  )`,
];

/** Migrations at birth. */
export const BORN_WITH = 1;
/** Migrations that an object has seen which keeps pages of history. */
export const WITH_HISTORY = 2;

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
