import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { beforeEach, expect, it } from 'vitest';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { ProfileId, Sequence, Space } from '../../../core/lib/ids.ts';
import { rollUp } from '../../../worker/queues/rollup.ts';
import { NOW, SPACE } from './visit-fixture.ts';

const STATEMENTS_AN_INVOCATION = 1000;

interface Statement {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
  bind(...values: SQLInputValue[]): Statement;
}

/** What rollups ask of D1, on SQLite. */
function createD1(sqlite: DatabaseSync) {
  const d1 = { statements: 0 };
  const statement = (sql: string, values: readonly SQLInputValue[]): Statement => ({
    sql,
    values,
    bind: (...bound) => statement(sql, bound),
  });
  return Object.assign(d1, {
    prepare: (sql: string) => statement(sql, []),
    batch: async (all: readonly Statement[]) => {
      d1.statements += all.length;
      return all.map(({ sql, values }) => ({ results: sqlite.prepare(sql).all(...values) }));
    },
  });
}

let sqlite: DatabaseSync;
beforeEach(() => {
  sqlite = new DatabaseSync(':memory:');
  sqlite.exec(`
    CREATE TABLE rollup_ledger (space, minute, shard, ids BLOB, PRIMARY KEY (space, minute, shard));
    CREATE TABLE rollup_event (space, hour, source, type, count, PRIMARY KEY (space, hour, source, type));
    CREATE TABLE rollup_membership (space, hour, segment, entered, exited, PRIMARY KEY (space, hour, segment));
    CREATE TABLE rollup_members (space, segment, members, corrected, PRIMARY KEY (space, segment));
    CREATE TABLE profile (pid PRIMARY KEY, space, known, last_seen_day);
    CREATE TABLE ended_profile (space, pid, erased, at, PRIMARY KEY (space, pid));
    CREATE TABLE membership (segment, pid, space, since, PRIMARY KEY (space, segment, pid));
  `);
});

const SEGMENTS = 5000;
function message(serial: number, status: 'entered' | 'exited', from = 0): EffectMessage {
  const evidence = { events: [], attributes: [] };
  const changes = Array.from({ length: SEGMENTS - from }, (_, i) => ({
    segment: `s${from + i}`,
    status,
    since: NOW,
    cause: 'event' as const,
    sequence: 1 as Sequence,
    evidence,
  }));
  const profile = 'prf_1' as ProfileId;
  const rest = { version: 1, space: SPACE as Space, profile, known: true, facts: [], decisions: {} } as const;
  return { ...rest, id: `prf_1/1/${serial}`, minute: Math.floor(NOW / 60_000), changes };
}

it('thousands of changes fit what D1 takes in one invocation, and come out right, also in one batch and again', async () => {
  const d1 = createD1(sqlite);
  const batch = [message(0, 'entered'), message(1, 'exited', 1), message(2, 'entered', SEGMENTS - 1)];
  for (const _ of [1, 2]) await rollUp(d1 as unknown as D1Database, batch);
  expect(d1.statements).toBeLessThan(STATEMENTS_AN_INVOCATION);
  const held = sqlite.prepare('SELECT segment FROM membership ORDER BY segment').all();
  expect(held.map(({ segment }) => segment)).toEqual(['s0', `s${SEGMENTS - 1}`]);
  const members = sqlite.prepare('SELECT segment FROM rollup_members WHERE members = 1 ORDER BY segment').all();
  expect(members).toEqual(held);
  expect(sqlite.prepare('SELECT sum(entered) AS entered, sum(exited) AS exited FROM rollup_membership').get()).toEqual({
    entered: SEGMENTS + 1,
    exited: SEGMENTS - 1,
  });
});
