import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCrashWorker } from './build-worker.ts';
import { configure } from './configure.ts';
import { type Life, startLife } from './mortal.ts';
import type { PublishStop } from './publish-stop.ts';

let bundle: string;
const lives = new Set<Life>();
const folders: string[] = [];

beforeAll(async () => {
  bundle = await buildCrashWorker(join(await newFolder(), 'worker.js'), 'publish-crash-worker.ts');
});
afterAll(async () => {
  await Promise.all([...lives].map((life) => life.kill()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-publish-'));
  folders.push(folder);
  return folder;
}

async function live(folder: string, stopAt?: PublishStop): Promise<Life> {
  const life = await startLife(folder, bundle, stopAt ? { STOP_PUBLISH: stopAt } : {});
  lives.add(life);
  return life;
}

async function kill(life: Life): Promise<void> {
  await life.kill();
  lives.delete(life);
}

interface Answer {
  readonly status: number;
  // What is in it, each test expects for itself.
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(life: Life, method: string, path: string, body?: object, token = life.operatorToken) {
  const response = await fetch(`${life.url}/v1/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const newest = async (life: Life) =>
  ((await call(life, 'GET', '/sequences?limit=1')).body.items as { sequence: number }[])[0]?.sequence ?? 0;
const stateOf = async (life: Life, set: string) => (await call(life, 'GET', `/change-sets/${set}`)).body.state;
const actions = async (life: Life, set: string) =>
  ((await call(life, 'GET', '/audit?limit=20')).body.items as { action: string; subject: string }[])
    .filter(({ subject }) => subject === set)
    .map(({ action }) => action);

const SEGMENT = { name: 'Probe', rule: 'true', purpose: 'personalization', public: false };

/** A shop with a change set, submitted. Answers the sequence that is live. */
async function begin(life: Life): Promise<{ readonly set: string; readonly sequence: number }> {
  await configure(life);
  const { body } = await call(life, 'POST', '/change-sets', { title: 'A probe' });
  const set = String(body.id);
  const put = await call(life, 'PUT', `/change-sets/${set}/items/segment/probe`, { resource: SEGMENT });
  expect(put.status).toBe(200);
  return { set, sequence: await newest(life) };
}

/** Killed with -9 while a call stands at its place. */
async function dieDuring(life: Life, work: Promise<unknown>): Promise<void> {
  const ended = work.catch(() => null);
  await life.stopped;
  await kill(life);
  await ended;
}

describe('kill -9 in the middle of a publish', () => {
  it.each<readonly [PublishStop, 'whole' | 'nothing']>([
    ['before batch', 'nothing'],
    ['after batch', 'whole'],
    ['before put', 'whole'],
    ['after put', 'whole'],
  ])(
    '%s: %s of it is there, and the alarm ends it',
    async (stopAt, expected) => {
      const folder = await newFolder();
      const first = await live(folder, stopAt);
      const { set, sequence } = await begin(first);
      await dieDuring(first, call(first, 'POST', `/change-sets/${set}/publish`));
      const second = await live(folder);
      const wanted = expected === 'whole' ? sequence + 1 : sequence;
      // Nobody calls: the alarm alone brings it to its end. An intent that nothing had left the object for may be lost with it.
      await expect.poll(() => newest(second), { timeout: 30_000, interval: 250 }).toBe(wanted);
      if (expected === 'whole') expect(await actions(second, set)).toContain('published');
      else expect(await actions(second, set)).not.toContain('published');
      expect(await stateOf(second, set)).toBe(expected === 'whole' ? 'published' : 'open');
      expect((await call(second, 'GET', '/segments/probe')).status).toBe(expected === 'whole' ? 200 : 404);
      if (expected === 'nothing')
        expect((await call(second, 'POST', `/change-sets/${set}/publish`)).body).toMatchObject({
          sequence: sequence + 1,
        });
      const content = (await call(second, 'GET', `/sequences/${sequence + 1}/content`)).body.resources;
      expect(content).toContainEqual({ kind: 'segment', id: 'probe', version: 1 });
      await call(second, 'PUT', '/freeze', { reason: 'a write that ends what was begun' });
      expect((await call(second, 'GET', '/audit/verify')).body).toMatchObject({ intact: true });
      await kill(second);
    },
    120_000,
  );
});

describe('kill -9 in the middle of an approval', () => {
  it.each<readonly [PublishStop, string]>([
    ['before batch', 'inReview'],
    ['after batch', 'approved'],
  ])(
    '%s: the set is %s, and the audit says the same',
    async (stopAt, state) => {
      const folder = await newFolder();
      const first = await live(folder, stopAt);
      const { set } = await begin(first);
      const { body } = await call(first, 'POST', `/change-sets/${set}/submit`, {});
      const made = await call(first, 'POST', '/operators', { name: 'sam', role: 'publisher' });
      const sam = String(made.body.token);
      await dieDuring(first, call(first, 'POST', `/change-sets/${set}/approve`, { hash: body.hash }, sam));
      const second = await live(folder);
      expect(await stateOf(second, set)).toBe(state);
      expect((await actions(second, set)).filter((action) => action === 'approved')).toHaveLength(
        state === 'approved' ? 1 : 0,
      );
      if (state === 'inReview')
        expect((await call(second, 'POST', `/change-sets/${set}/approve`, { hash: body.hash }, sam)).status).toBe(200);
      expect((await call(second, 'POST', `/change-sets/${set}/publish`)).status).toBe(201);
      expect((await call(second, 'GET', '/audit/verify')).body).toMatchObject({ intact: true });
      await kill(second);
    },
    120_000,
  );
});

describe('kill -9 in the middle of an import', () => {
  const archive = {
    resources: ['one', 'two', 'three'].map((id) => ({ kind: 'segment', resource: { ...SEGMENT, id } })),
  };
  const outcomes = ({ body }: Answer) =>
    (body.items as { id: string; outcome: string }[]).map(({ id, outcome }) => `${id} ${outcome}`);

  it('doing it again does the rest, and the audit tells of each once', { timeout: 120_000 }, async () => {
    const folder = await newFolder();
    const first = await live(folder, 'after batch');
    await configure(first);
    const exported = (await call(first, 'GET', '/export')).body;
    const file = { ...exported, ...archive };
    await dieDuring(first, call(first, 'POST', '/import?into=drafts', file));
    const second = await live(folder);
    const again = await call(second, 'POST', '/import?into=drafts', file);
    expect(again.status).toBe(200);
    expect(outcomes(again)).toEqual(['one same', 'two created', 'three created']);
    expect(outcomes(await call(second, 'POST', '/import?into=drafts', file))).toEqual([
      'one same',
      'two same',
      'three same',
    ]);
    for (const id of ['one', 'two', 'three']) expect(await actions(second, id)).toEqual(['put']);
    expect((await call(second, 'POST', '/publish')).status).toBe(201);
    expect((await call(second, 'GET', '/audit/verify')).body).toMatchObject({ intact: true });
    await kill(second);
  });
});
