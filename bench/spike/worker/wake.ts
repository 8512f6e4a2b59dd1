import { DurableObject } from 'cloudflare:workers';
import { decodeColumns, encodeColumns, toColumns, toState } from './columns.ts';
import { sampleState } from './sample.ts';

/** Read from storage what a woken object needs, in several ways. `instance` changes with each construction. */
export class Wake extends DurableObject {
  readonly #instance = crypto.randomUUID();

  fill(): string {
    const sql = this.ctx.storage.sql;
    const state = sampleState(500, 40, 200);
    sql.exec(
      'CREATE TABLE fact(source INTEGER, event_id TEXT, at INTEGER, purposes INTEGER, data TEXT, PRIMARY KEY(source, event_id)) WITHOUT ROWID',
    );
    sql.exec('CREATE TABLE state(id INTEGER PRIMARY KEY, data BLOB)');
    for (const event of state.events) {
      sql.exec(
        'INSERT INTO fact VALUES (?, ?, ?, ?, ?)',
        event.source,
        crypto.randomUUID(),
        event.at,
        event.purposes,
        JSON.stringify({ type: event.type, ...event.props }),
      );
    }
    sql.exec('INSERT INTO state VALUES (1, ?)', encodeColumns(toColumns(state)));
    return this.#instance;
  }

  touch(variant: string): { instance: string; sink: number } {
    return { instance: this.#instance, sink: this.#read(variant) };
  }

  #read(variant: string): number {
    const sql = this.ctx.storage.sql;
    switch (variant) {
      case 'nothing':
        return 0;
      case 'snapshot': {
        const row = sql.exec<{ data: ArrayBuffer }>('SELECT data FROM state WHERE id = 1').one();
        return decodeColumns(new Uint8Array(row.data)).at.length;
      }
      case 'snapshot-objects': {
        const row = sql.exec<{ data: ArrayBuffer }>('SELECT data FROM state WHERE id = 1').one();
        return toState(decodeColumns(new Uint8Array(row.data))).events.length;
      }
      case 'facts-raw':
        return [...sql.exec('SELECT source, event_id, at, purposes, data FROM fact').raw()].length;
      case 'facts-parsed': {
        let parsed = 0;
        for (const row of sql.exec('SELECT source, event_id, at, purposes, data FROM fact').raw()) {
          const data: unknown = JSON.parse(String(row[4]));
          if (data !== null) parsed++;
        }
        return parsed;
      }
      default:
        throw new Error(`no variant ${variant}`);
    }
  }
}
