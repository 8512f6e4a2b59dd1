import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, it } from 'vitest';
import type { Space } from '../../../core/lib/ids.ts';
import { LIST_SORTS } from '../../../core/ruleset/resource-list.ts';
import { createConfigStore } from '../../../worker/stores/config-store.ts';

const FOLDER = join(import.meta.dirname, '../../../db/control/migrations');
const LISTS = /resource_lists\.sql$/;

/** Migrations before, and from the one that gave lists their columns. */
function migrate(db: DatabaseSync, which: (name: string) => boolean): void {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.sql') && which(name));
  for (const name of names.sort()) db.exec(readFileSync(join(FOLDER, name), 'utf8'));
}

describe('resources of before there were lists to search', () => {
  const names = readdirSync(FOLDER).sort();
  const first = names.find((name) => LISTS.test(name)) ?? '';
  const db = new DatabaseSync(':memory:');
  migrate(db, (name) => name < first);
  const put = (kind: string, id: string, version: number, body: object, archived = 0) =>
    db
      .prepare(
        'INSERT INTO resource_version (space, kind, id, version, body, hash, archived, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run('main', kind, id, version, JSON.stringify(body), 'hash', archived, 1000 * version, `op${version}`);
  put('segment', 'gold', 1, { id: 'gold', name: 'First' });
  put('segment', 'gold', 2, { id: 'gold', name: 'Gold "Club"', description: 'OFTEN here' });
  put('offer', 'gift', 1, { id: 'gift', name: 'Gift', tags: ['men', 'sale'] }, 1);
  put('setting', 'ruleset', 1, { id: 'ruleset', timeZone: 'UTC' });
  const point = db.prepare('INSERT INTO resource (space, kind, id, version, archived) VALUES (?, ?, ?, ?, ?)');
  point.run('main', 'segment', 'gold', 2, 0);
  point.run('main', 'offer', 'gift', 1, 1);
  point.run('main', 'setting', 'ruleset', 1, 0);
  migrate(db, (name) => name >= first);

  it('are listed as if they had been put today', () => {
    const rows = db.prepare('SELECT * FROM resource ORDER BY kind').all();
    expect(rows.map(({ space: _, ...row }) => ({ ...row }))).toEqual([
      {
        kind: 'offer',
        id: 'gift',
        version: 1,
        archived: 1,
        name: 'Gift',
        folder: '',
        tags: '["men","sale"]',
        owner: '',
        updated_at: 1000,
        updated_by: 'op1',
        created_at: 1000,
        search: 'gift\ngift\n',
      },
      {
        kind: 'segment',
        id: 'gold',
        version: 2,
        archived: 0,
        name: 'Gold "Club"',
        folder: '',
        tags: '[]',
        owner: '',
        updated_at: 2000,
        updated_by: 'op2',
        created_at: 1000,
        search: 'gold\ngold "club"\noften here',
      },
      {
        kind: 'setting',
        id: 'ruleset',
        version: 1,
        archived: 0,
        name: '',
        folder: '',
        tags: '[]',
        owner: '',
        updated_at: 1000,
        updated_by: 'op1',
        created_at: 1000,
        search: 'ruleset\n\n',
      },
    ]);
  });

  const KEYS = { id: undefined, name: 'n', updatedAt: 5 };
  it.each(
    (['segment', undefined] as const).flatMap((kind) =>
      LIST_SORTS.flatMap((sort) => (['asc', 'desc'] as const).map((order) => ({ kind, sort, order }))),
    ),
  )('are found by the place where a page begins: $kind by $sort, $order', async ({ kind, sort, order }) => {
    const { plans, store } = planned(db);
    const key = KEYS[sort];
    const after = { kind: 'segment', id: 'x', ...(key !== undefined && { key }) };
    const list = { kind, sort, order, words: [], archived: false, limit: 51, after };
    await store.list('main' as Space, list);
    await store.summaries('main' as Space, list);
    expect(plans).toHaveLength(2);
    const column = { id: kind === undefined ? 'kind,id' : 'id', name: 'name', updatedAt: 'updated_at' }[sort];
    for (const plan of plans) {
      // A range of an index in the wanted order, and no sorting.
      expect(plan).toMatch(
        new RegExp(`^SEARCH resource USING (?:PRIMARY KEY|INDEX \\w+) \\(space=\\?.*${column}.*[<>]`),
      );
      expect(plan).not.toContain('TEMP B-TREE');
    }
  });
});

/** A store over a database that only says how it would answer. */
function planned(db: DatabaseSync) {
  const plans: string[] = [];
  const prepare = (text: string) => ({
    bind: (...values: readonly (string | number | boolean)[]) => {
      const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
      const rows = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...bound);
      plans.push(rows.map(({ detail }) => String(detail)).join(' | '));
      return { raw: async () => [], all: async () => ({ results: [] }) };
    },
  });
  return { plans, store: createConfigStore(drizzle({ prepare } as unknown as Parameters<typeof drizzle>[0])) };
}
