/** SQLite of a sample object, append-only: never edit an entry, add one. The position plus one is its number. */
export const SAMPLE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE member (
     profile TEXT PRIMARY KEY NOT NULL,
     stale INTEGER NOT NULL,
     taken_at INTEGER,
     cut INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE shard (
     bucket INTEGER NOT NULL,
     part INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (bucket, part)
   ) WITHOUT ROWID;`,
];
