import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";

export interface BirthResult {
  readonly rowsWritten: number;
  readonly databaseSize: number;
}

const tables = [
  "CREATE TABLE fact(source INTEGER, event_id TEXT, at INTEGER, purposes INTEGER, data TEXT, PRIMARY KEY(source, event_id)) WITHOUT ROWID",
  "CREATE TABLE state(id INTEGER PRIMARY KEY, data BLOB)",
  "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
  "CREATE TABLE outbox(seq INTEGER PRIMARY KEY, data BLOB)",
] as const;

/** What the first visit pays: creation, DDL, and the first rows. */
export class Birth extends DurableObject<Env> {
  create(variant: string): BirthResult {
    const sql = this.ctx.storage.sql;
    let rowsWritten = 0;
    const run = (query: string, ...bindings: SqlStorageValue[]): void => {
      rowsWritten += sql.exec(query, ...bindings).rowsWritten;
    };
    const wanted = /^tables-(\d)/.exec(variant);
    if (wanted) for (const ddl of tables.slice(0, Number(wanted[1]))) run(ddl);
    if (variant.endsWith("kv")) this.ctx.storage.kv.put("version", 1);
    if (variant.endsWith("visit")) {
      run("INSERT INTO fact VALUES (1, ?, ?, 7, '{}')", crypto.randomUUID(), Date.now());
      run("INSERT INTO state VALUES (1, ?)", new Uint8Array(1024));
    }
    if (variant.endsWith("alarm")) void this.ctx.storage.setAlarm(Date.now() + 3_600_000);
    return { rowsWritten, databaseSize: variant === "nothing" ? 0 : sql.databaseSize };
  }

  override alarm(): void {}
}
