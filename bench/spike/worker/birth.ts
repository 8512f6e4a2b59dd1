import { DurableObject } from 'cloudflare:workers';
import type { BirthResult } from '../results.ts';
import type { Binding } from './binding.ts';

const tables = [
  'CREATE TABLE fact(source INTEGER, event_id TEXT, at INTEGER, purposes INTEGER, data TEXT, PRIMARY KEY(source, event_id)) WITHOUT ROWID',
  'CREATE TABLE state(id INTEGER PRIMARY KEY, data BLOB)',
  'CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID',
  'CREATE TABLE outbox(seq INTEGER PRIMARY KEY, data BLOB)',
] as const;

/** What the first visit pays: creation, DDL, and the first rows. A variant is a list of steps. */
export class Birth extends DurableObject {
  create(variant: string): BirthResult {
    const sql = this.ctx.storage.sql;
    const steps = new Set(variant.split(','));
    let rowsWritten = 0;
    const run = (query: string, ...bindings: Binding[]): void => {
      rowsWritten += sql.exec(query, ...bindings).rowsWritten;
    };
    tables.forEach((ddl, i) => {
      if (steps.has(`t${i + 1}`)) run(ddl);
    });
    if (steps.has('kv')) this.ctx.storage.kv.put('version', 1);
    if (steps.has('fact')) run("INSERT INTO fact VALUES (1, ?, ?, 7, '{}')", crypto.randomUUID(), Date.now());
    if (steps.has('state')) run('INSERT INTO state VALUES (1, ?)', new Uint8Array(1024));
    if (steps.has('state-in-fact')) run("INSERT INTO fact VALUES (0, '', 0, 0, ?)", new Uint8Array(1024));
    if (steps.has('state-in-kv')) this.ctx.storage.kv.put('state', new Uint8Array(1024));
    if (steps.has('alarm')) void this.ctx.storage.setAlarm(Date.now() + 3_600_000);
    return { rowsWritten, databaseSize: steps.has('nothing') ? 0 : sql.databaseSize };
  }

  override alarm(): void {}
}
