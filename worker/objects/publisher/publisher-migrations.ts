/** The publisher's own SQLite, append-only: never edit an entry, add one. The position plus one is its number. */
export const PUBLISHER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE sequence (
     sequence INTEGER PRIMARY KEY NOT NULL,
     manifest TEXT NOT NULL,
     actor TEXT NOT NULL,
     request_id TEXT NOT NULL,
     note TEXT,
     restored INTEGER,
     audited INTEGER NOT NULL DEFAULT 0,
     cached INTEGER NOT NULL DEFAULT 0
   );
   CREATE TABLE part (hash TEXT PRIMARY KEY NOT NULL, cached INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
   CREATE TABLE part_chunk (hash TEXT NOT NULL, chunk INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (hash, chunk));
   CREATE TABLE audit_intent (
     number INTEGER NOT NULL,
     hash TEXT NOT NULL,
     sequence INTEGER,
     PRIMARY KEY (number, hash)
   ) WITHOUT ROWID;`,
  // data: families that a sequence replaced. data_at: when a data part was last of use; null for parts of rules, which stay.
  `ALTER TABLE sequence ADD COLUMN data TEXT;
   ALTER TABLE part ADD COLUMN data_at INTEGER;`,
  'ALTER TABLE sequence ADD COLUMN came_from TEXT;',
  // publish_intent: a sequence that waits for what D1 has to take with it. One at most.
  `ALTER TABLE sequence ADD COLUMN change_set TEXT;
   CREATE TABLE publish_intent (one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1), body TEXT NOT NULL);`,
];
