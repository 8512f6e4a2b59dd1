import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { until } from './at-rest.ts';
import { buildCrashWorker } from './build-worker.ts';
import { configure } from './configure.ts';
import { rolledUp } from './findings.ts';
import { type Life, startLife } from './mortal.ts';
import { startReconcile } from './reconcile-run.ts';

/** More than one page of facts, more than one request. */
const VIEWS = 600;

let folder: string;
let life: Life;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-mend-'));
  life = await startLife(folder, await buildCrashWorker(join(folder, 'worker.js')));
  const days = { 'search.performed': 30, 'custom.*': 30, 'proposition.displayed': 30 };
  const { prove } = await configure(life, [['settings/retention', { days }]]);
  let cookie = '';
  for (let at = 0; at < VIEWS; at += 300) {
    const events = Array.from({ length: 300 }, (_, i) => event(`v${at + i}`, 'product.viewed', { productId: 'p1' }));
    cookie = (await send({ events, ...(at > 0 ? { proof: await prove('sarah') } : {}) }, cookie)) || cookie;
  }
  const shown = { proposition: 'prp_1', placement: 'hero', offer: 'hero-viewer' };
  await send(
    {
      events: [event('d1', 'proposition.displayed', shown), event('d2', 'proposition.clicked', shown)],
      placements: ['hero'],
    },
    cookie,
  );
  await until('every event to be counted', async () => {
    const [counted] = await life.rows('SELECT sum(count) AS events FROM rollup_event');
    const [index] = await life.rows('SELECT count(*) AS rows FROM membership');
    return counted?.events === VIEWS + 2 && Number(index?.rows) > 0;
  });
});
afterAll(async () => {
  await life.kill();
  await rm(folder, { recursive: true, force: true });
});

const event = (id: string, type: string, data: object) => ({ id, type, occurredAt: new Date().toISOString(), data });

async function send(body: object, cookie: string): Promise<string> {
  const response = await fetch(`${life.url}/v1/interact?key=${WRITE_KEY.web}`, {
    method: 'POST',
    headers: { 'user-agent': BROWSER, origin: ORIGIN.web, ...(cookie ? { cookie: `__Host-sv=${cookie}` } : {}) },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return cookieOf(response) ?? '';
}

const run = (...flags: readonly string[]) =>
  startReconcile(folder, life.url, life.operatorToken, '--all', ...flags).done;

describe('reconcile', () => {
  it('finds nothing to mend where nothing went wrong', async () => {
    const { code, report } = await run('--check');
    expect(report).toMatchObject({ facts: VIEWS + 2, remaining: 0, doubled: 0 });
    expect(code).toBe(0);
  });

  it('names what differs, changes nothing when asked to check, and mends it otherwise', async () => {
    const right = await rolledUp(life);
    const decisions = await life.rows('SELECT * FROM rollup_decision ORDER BY hour, placement, offer');
    const index = await life.rows(
      'SELECT p.*, m.segment, m.since FROM profile p JOIN membership m USING (pid) ORDER BY segment',
    );
    expect(index.length).toBeGreaterThan(0);
    for (const sql of [
      "UPDATE rollup_event SET count = count + 5 WHERE type = 'product.viewed'",
      "DELETE FROM rollup_event WHERE type = 'proposition.displayed'",
      "INSERT INTO rollup_event VALUES ('main', '2026-01-01T00', 'web', 'ghost', 7)",
      "UPDATE rollup_decision SET impressions = 9 WHERE placement = 'hero' AND impressions = 1",
      "UPDATE rollup_members SET members = 9 WHERE segment = 'viewer'",
      'DELETE FROM profile',
      'DELETE FROM membership',
    ]) {
      await life.rows(sql);
    }
    const wrong = await rolledUp(life);
    const checked = await run('--check');
    expect(checked.code).toBe(1);
    expect(checked.report?.before.events.map(({ type, before, after }) => [type, before, after])).toEqual(
      expect.arrayContaining([
        ['ghost', 7, 0],
        ['proposition.displayed', 0, 1],
        ['product.viewed', VIEWS + 5, VIEWS],
      ]),
    );
    expect(checked.report?.before).toMatchObject({
      offers: [{ before: { impressions: 9, clicks: 1 }, after: { impressions: 1, clicks: 1 } }],
      members: [{ segment: 'viewer', before: 9, after: 1 }],
    });
    expect(checked.report?.before.staleIndex).toBe(1 + index.length);
    expect(await rolledUp(life)).toEqual(wrong);
    expect(await life.rows('SELECT * FROM profile')).toEqual([]);

    expect(await run()).toMatchObject({ code: 0, report: { remaining: 0 } });
    expect(await rolledUp(life)).toEqual(right);
    expect(await life.rows('SELECT * FROM rollup_decision ORDER BY hour, placement, offer')).toEqual(decisions);
    expect(
      await life.rows('SELECT p.*, m.segment, m.since FROM profile p JOIN membership m USING (pid) ORDER BY segment'),
    ).toEqual(index);
    // No entry or exit was made up for it.
    expect(await life.rows("SELECT members, corrected FROM rollup_members WHERE segment = 'viewer'")).toEqual([
      { members: 1, corrected: -8 },
    ]);
    expect(await run('--check')).toMatchObject({ code: 0 });
  });

  it('does not take for missing what is kept no more', async () => {
    const old = '2026-01-01T00';
    const types = ['search.performed', 'custom.seen', 'review.written'];
    for (const type of types)
      await life.rows(`INSERT INTO rollup_event VALUES ('main', '${old}', 'web', '${type}', 7)`);
    await life.rows(
      `INSERT INTO rollup_decision (space, hour, placement, offer, decisions, impressions, clicks) VALUES ('main', '${old}', 'hero', '', 1, 5, 0)`,
    );
    const { report } = await run('--check');
    expect(report?.before.events.map(({ type }) => type)).toEqual(['review.written']);
    expect(report?.before.offers).toEqual([]);
    await life.rows(`DELETE FROM rollup_event WHERE hour = '${old}'`);
    await life.rows(`DELETE FROM rollup_decision WHERE hour = '${old}'`);
  });

  it('leaves the running hour alone without --all', async () => {
    await life.rows("UPDATE rollup_event SET count = count + 1 WHERE type = 'product.viewed'");
    const closed = await startReconcile(folder, life.url, life.operatorToken).done;
    expect(closed).toMatchObject({ code: 0, report: { before: { events: [] } } });
    expect(await run('--check')).toMatchObject({ code: 1 });
  });

  it('sees nothing of another space', async () => {
    const token = `op_other.${'x'.repeat(43)}`;
    const hash = createHash('sha256').update(token).digest('hex');
    await life.rows(
      `INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES ('other', 'eve', '${hash}', 0, 'test')`,
    );
    const { report } = await startReconcile(folder, life.url, token, '--all').done;
    expect(report).toMatchObject({ space: 'other', profiles: 0, facts: 0, chunksDrained: 0 });
  });

  it('says what is wrong with its arguments', async () => {
    expect(await startReconcile(folder, life.url, 'op_main.wrong').done).toMatchObject({
      code: 2,
      output: expect.stringContaining('401'),
    });
    expect(await startReconcile(folder, life.url, life.operatorToken, '--account', 'x').done).toMatchObject({
      code: 2,
    });
    expect(await startReconcile(folder, life.url, life.operatorToken, '--to', 'today').done).toMatchObject({
      code: 2,
      report: null,
    });
  });
});
