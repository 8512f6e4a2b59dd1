/** SQLite of a catalogue object, append-only: never edit an entry, add one. The position plus one is its number. */
export const ITEM_MIGRATIONS: readonly string[] = [
  `CREATE TABLE ledger (minute INTEGER PRIMARY KEY NOT NULL, ids TEXT NOT NULL);
   CREATE TABLE visit (visitor TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, items TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE pair (
     kind TEXT NOT NULL,
     item TEXT NOT NULL,
     baskets INTEGER NOT NULL,
     beside TEXT NOT NULL,
     PRIMARY KEY (kind, item)
   ) WITHOUT ROWID;
   CREATE TABLE popular (
     item TEXT NOT NULL,
     counted TEXT NOT NULL,
     bucket INTEGER NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (item, counted, bucket)
   ) WITHOUT ROWID;`,
];
