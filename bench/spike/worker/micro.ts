import { DurableObject } from 'cloudflare:workers';
import { decodeColumns, encodeColumns, toColumns } from './columns.ts';
import { command } from './command.ts';
import { sizes } from './cpu.ts';
import { probeSql } from './probe.ts';
import { type SampleState, sampleState } from './sample.ts';

type Command = typeof command;

/** Storage calls in a loop inside one object turn (so one commit for all), and the far end of the RPC cases. */
export class Micro extends DurableObject {
  readonly #state = sampleState(500, 40, 200);
  readonly #columns = toColumns(this.#state);

  takeNothing(): number {
    return 1;
  }

  takeObject(value: Command): number {
    return value.events.length;
  }

  takeJson(value: string): number {
    return (JSON.parse(value) as Command).events.length;
  }

  takeBuffer(value: ArrayBuffer): number {
    return (JSON.parse(new TextDecoder().decode(value)) as Command).events.length;
  }

  override async fetch(request: Request): Promise<Response> {
    const value = await request.json<Command>();
    return new Response(String(value.events.length));
  }

  probe(): Record<string, string> {
    return probeSql(this.ctx.storage.sql);
  }

  sizes(): typeof sizes & { command: number; kvValue: number } {
    const before = this.ctx.storage.sql.databaseSize;
    for (let i = 0; i < 16; i++) this.ctx.storage.kv.put(`size${i}`, this.#state);
    const kvValue = Math.round((this.ctx.storage.sql.databaseSize - before) / 16);
    for (let i = 0; i < 16; i++) this.ctx.storage.kv.delete(`size${i}`);
    return { ...sizes, command: JSON.stringify(command).length, kvValue };
  }

  run(name: string, n: number): { sink: number } {
    const sql = this.ctx.storage.sql;
    sql.exec('CREATE TABLE IF NOT EXISTS state(id INTEGER PRIMARY KEY, data BLOB)');
    sql.exec('INSERT INTO state VALUES (1, ?) ON CONFLICT(id) DO NOTHING', encodeColumns(this.#columns));
    const json = JSON.stringify(this.#state);
    sql.exec('INSERT INTO state VALUES (2, ?) ON CONFLICT(id) DO NOTHING', json);
    this.ctx.storage.kv.put('version', 1);
    this.ctx.storage.kv.put('state', this.#state);
    const work = this.#cases[name];
    if (!work) throw new Error('no such case');
    let sink = 0;
    for (let i = 0; i < n; i++) sink += work();
    return { sink };
  }

  readonly #cases: Readonly<Record<string, () => number>> = {
    'kv.put(state object): V8 serialisation + write': () => {
      this.ctx.storage.kv.put('state', this.#state);
      return 1;
    },
    'kv.get(state object): read + V8 deserialisation': () =>
      this.ctx.storage.kv.get<SampleState>('state')?.events.length ?? 0,
    'JSON.stringify + upsert': () => {
      this.ctx.storage.sql.exec('UPDATE state SET data = ? WHERE id = 2', JSON.stringify(this.#state));
      return 1;
    },
    'select + JSON.parse': () =>
      (
        JSON.parse(
          this.ctx.storage.sql.exec<{ data: string }>('SELECT data FROM state WHERE id = 2').one().data,
        ) as SampleState
      ).events.length,
    'encode resident columns + upsert': () => {
      this.ctx.storage.sql.exec('UPDATE state SET data = ? WHERE id = 1', encodeColumns(this.#columns));
      return 1;
    },
    'select + decode to columns': () =>
      decodeColumns(
        new Uint8Array(
          this.ctx.storage.sql.exec<{ data: ArrayBuffer }>('SELECT data FROM state WHERE id = 1').one().data,
        ),
      ).at.length,
    'detect: SELECT from a table that exists': () =>
      this.ctx.storage.sql.exec('SELECT id FROM state WHERE id = 9').toArray().length,
    'detect: SELECT from a missing table, caught': () => {
      try {
        return this.ctx.storage.sql.exec('SELECT id FROM missing').toArray().length;
      } catch {
        return 1;
      }
    },
    'detect: sqlite_master': () =>
      this.ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length,
    'detect: CREATE TABLE IF NOT EXISTS': () => {
      this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS state(id INTEGER PRIMARY KEY, data BLOB)');
      return 1;
    },
    "detect: kv.get('version')": () => this.ctx.storage.kv.get<number>('version') ?? 0,
  };
}
