import { DurableObject } from 'cloudflare:workers';
import type { ShapeResult } from '../results.ts';
import type { Binding } from './binding.ts';

interface ShapePlan {
  readonly shape: string;
  readonly ddl: readonly string[];
  readonly visit: (run: Run, events: number) => void;
  readonly laterIs: string;
  readonly later?: (run: Run) => void;
}

type Run = (query: string, ...bindings: Binding[]) => void;

const blob = new Uint8Array(4096);
const withoutRowid =
  'CREATE TABLE fact(source INTEGER, event_id TEXT, at INTEGER, data TEXT, PRIMARY KEY(source, event_id)) WITHOUT ROWID';
const stateTable = 'CREATE TABLE state(id INTEGER PRIMARY KEY, data BLOB)';
const upsert = 'INSERT INTO state VALUES (1, ?) ON CONFLICT(id) DO UPDATE SET data = excluded.data';

let minted = 0;
const mint = (): string => `018f0000-0000-7000-8000-${String(minted++).padStart(12, '0')}`;

function insertFacts(run: Run, events: number): void {
  for (let i = 0; i < events; i++) run("INSERT INTO fact VALUES (1, ?, ?, '{}') ON CONFLICT DO NOTHING", mint(), i);
}

function insertKnown(run: Run): void {
  run("INSERT INTO fact VALUES (1, 'known', 0, '{}') ON CONFLICT DO NOTHING");
  run("INSERT INTO fact VALUES (1, 'known', 0, '{}') ON CONFLICT DO NOTHING");
}

const plans: readonly ShapePlan[] = [
  {
    shape: 'fact: rowid + UNIQUE(source, event_id)',
    ddl: ['CREATE TABLE fact(source TEXT, event_id TEXT, at INTEGER, data TEXT, UNIQUE(source, event_id))'],
    visit: (run, events) => {
      for (let i = 0; i < events; i++) run("INSERT INTO fact VALUES ('web', ?, ?, '{}')", mint(), i);
    },
    laterIs: 'delete 1 fact',
    later: (run) => run('DELETE FROM fact WHERE at = 9'),
  },
  {
    shape: 'fact: AUTOINCREMENT seq + UNIQUE',
    ddl: [
      'CREATE TABLE fact(seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, event_id TEXT, data TEXT, UNIQUE(source, event_id))',
    ],
    visit: (run, events) => {
      for (let i = 0; i < events; i++) run("INSERT INTO fact(source, event_id, data) VALUES ('web', ?, '{}')", mint());
    },
    laterIs: 'delete 1 fact',
    later: (run) => run('DELETE FROM fact WHERE seq = 1'),
  },
  {
    shape: 'fact: WITHOUT ROWID',
    ddl: [withoutRowid],
    visit: insertFacts,
    laterIs: 'delete 1 fact',
    later: (run) => run('DELETE FROM fact WHERE at = 9'),
  },
  {
    shape: 'fact: WITHOUT ROWID, a duplicate',
    ddl: [withoutRowid],
    visit: insertFacts,
    laterIs: '1 new row + its duplicate',
    later: insertKnown,
  },
  {
    shape: 'fact: WITHOUT ROWID + index on at',
    ddl: [withoutRowid, 'CREATE INDEX fact_at ON fact(at)'],
    visit: insertFacts,
    laterIs: 'delete 1 fact',
    later: (run) => run('DELETE FROM fact WHERE at = 9'),
  },
  {
    shape: 'fact + state, outbox inside state',
    ddl: [withoutRowid, stateTable],
    visit: (run, events) => {
      insertFacts(run, events);
      run(upsert, blob);
    },
    laterIs: 'drain: one upsert (none if the next visit comes first)',
    later: (run) => run(upsert, blob),
  },
  {
    shape: 'fact + state + outbox table, one row an event',
    ddl: [withoutRowid, stateTable, 'CREATE TABLE outbox(seq INTEGER PRIMARY KEY, data TEXT)'],
    visit: (run, events) => {
      insertFacts(run, events);
      run(upsert, blob);
      for (let i = 0; i < events; i++) run("INSERT INTO outbox(data) VALUES ('{}')");
    },
    laterIs: 'drain: delete the 11 outbox rows',
    later: (run) => run('DELETE FROM outbox'),
  },
  {
    shape: 'fact + state + outbox table, one row a visit',
    ddl: [withoutRowid, stateTable, 'CREATE TABLE outbox(seq INTEGER PRIMARY KEY, data TEXT)'],
    visit: (run, events) => {
      insertFacts(run, events);
      run(upsert, blob);
      run("INSERT INTO outbox(data) VALUES ('{}')");
    },
    laterIs: 'drain: delete the 2 outbox rows',
    later: (run) => run('DELETE FROM outbox WHERE seq > 0'),
  },
  {
    shape: 'state kept as a row of the fact table (source 0)',
    ddl: [withoutRowid],
    visit: (run, events) => {
      insertFacts(run, events);
      run("INSERT INTO fact VALUES (0, '', 0, ?) ON CONFLICT DO UPDATE SET data = excluded.data", blob);
    },
    laterIs: 'drain: one upsert',
    later: (run) => run('UPDATE fact SET data = ? WHERE source = 0', blob),
  },
  {
    shape: 'one fact row a visit (events packed) + state',
    ddl: ['CREATE TABLE fact(seq INTEGER PRIMARY KEY, data TEXT)', stateTable],
    visit: (run) => {
      run("INSERT INTO fact(data) VALUES ('[]')");
      run(upsert, blob);
    },
    laterIs: 'delete 1 packed row',
    later: (run) => run('DELETE FROM fact WHERE seq = 1'),
  },
  {
    shape: 'state only: ON CONFLICT DO UPDATE',
    ddl: [stateTable],
    visit: (run) => run(upsert, blob),
    laterIs: 'again, row exists',
    later: (run) => run(upsert, blob),
  },
  {
    shape: 'state only: INSERT OR REPLACE',
    ddl: [stateTable],
    visit: (run) => run('INSERT OR REPLACE INTO state VALUES (1, ?)', blob),
    laterIs: 'again, row exists',
    later: (run) => run('INSERT OR REPLACE INTO state VALUES (1, ?)', blob),
  },
  {
    shape: 'state only, 64 kB (overflow pages)',
    ddl: [stateTable],
    visit: (run) => run(upsert, new Uint8Array(65_536)),
    laterIs: 'again, row exists',
    later: (run) => run(upsert, new Uint8Array(65_536)),
  },
];

/** Counts billed rows of table shapes, with the cursor's own counter. */
export class Shape extends DurableObject {
  measure(): ShapeResult[] {
    return plans.map((plan) => this.#measureOne(plan));
  }

  #measureOne(plan: ShapePlan): ShapeResult {
    const sql = this.ctx.storage.sql;
    for (const table of ['fact', 'state', 'outbox']) sql.exec(`DROP TABLE IF EXISTS ${table}`);
    const count = (work: (run: Run) => void): number => {
      let rows = 0;
      work((query, ...bindings) => {
        const cursor = sql.exec(query, ...bindings);
        cursor.toArray();
        rows += cursor.rowsWritten;
      });
      return rows;
    };
    const ddl = count((run) => {
      for (const query of plan.ddl) run(query);
    });
    const one = count((run) => plan.visit(run, 1));
    const ten = count((run) => plan.visit(run, 10));
    const later = count((run) => plan.later?.(run));
    return { shape: plan.shape, ddl, one, ten, later, laterIs: plan.laterIs };
  }
}
