import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { buildCrashWorker } from './build-worker.ts';
import { type Configured, configure } from './configure.ts';
import { readDisk, type StoredProfile } from './disk.ts';
import { archivedIds, countedFacts, placesOf, rolledUp, unrest } from './findings.ts';
import { type Life, startLife } from './mortal.ts';
import { startReconcile } from './reconcile-run.ts';
import type { StopPoint } from './stop-point.ts';

/** The chunk's alarm, the link's, and the one that deletes what left: one second each in this hurried Worker. */
const REST_MS = 4500;

let bundles: string;
let bundle: string;
const lives = new Set<Life>();
const folders: string[] = [];

beforeAll(async () => {
  bundles = await newFolder();
  bundle = await buildCrashWorker(join(bundles, 'worker.js'));
});
afterAll(async () => {
  await Promise.all([...lives].map((life) => life.kill()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-stop-'));
  folders.push(folder);
  return folder;
}

async function live(folder: string, stopAt?: StopPoint): Promise<Life> {
  const life = await startLife(folder, bundle, stopAt);
  lives.add(life);
  return life;
}

async function kill(life: Life): Promise<void> {
  await life.kill();
  lives.delete(life);
}

const events = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, type: 'product.viewed', occurredAt: new Date().toISOString(), data: { productId: id } }));

/** One request of a browser. A killed platform rejects it. */
async function send(life: Life, cookie: string, body: object) {
  const response = await fetch(`${life.url}/v1/collect?key=${WRITE_KEY.web}`, {
    method: 'POST',
    headers: { 'user-agent': BROWSER, origin: ORIGIN.web, ...(cookie ? { cookie: `__Host-sv=${cookie}` } : {}) },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return {
    cookie: cookieOf(response) ?? cookie,
    answer: (await response.json()) as { readonly accepted: number; readonly duplicates: readonly string[] },
  };
}

/** A device with a history of three events signs in; the platform is killed at the point. Gives what is there for the next life. */
async function dieDuringLogin(
  stopAt: StopPoint,
): Promise<{ readonly folder: string; readonly cookie: string; readonly shop: Configured }> {
  const folder = await newFolder();
  const life = await live(folder, stopAt);
  const shop = await configure(life);
  const { cookie } = await send(life, '', { events: events('a1', 'a2', 'a3') });
  const proof = await shop.prove('sarah');
  const login = send(life, cookie, { events: events('b1'), proof }).catch(() => null);
  await life.stopped;
  await kill(life);
  await login;
  return { folder, cookie, shop };
}

/** Everything is at the one person, once, and nothing hangs. */
function expectWhole(profiles: readonly StoredProfile[], ids: readonly string[]): void {
  const places = placesOf(profiles);
  expect([...places.keys()].sort()).toEqual(ids);
  const person = profiles.find((profile) => profile.strands.some(({ identity }) => identity.value === 'sarah'));
  expect(new Set([...places.values()].flat())).toEqual(new Set([person?.profile]));
  expect([...places.values()].every((at) => at.length === 1)).toBe(true);
  expect(unrest(profiles)).toEqual([]);
}

const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);
const LINK_POINTS: readonly StopPoint[] = nightly
  ? ['before release', 'after release', 'before confirm', 'after confirm']
  : ['after release', 'before confirm'];
const DRAIN_POINTS: readonly StopPoint[] = nightly ? ['in send', 'after batch'] : ['in send'];

describe.concurrent('a platform killed while a device is on its way to a person', () => {
  it.each(LINK_POINTS)('%s: the alarm finishes it, although nobody comes back', async (stopAt) => {
    const { folder } = await dieDuringLogin(stopAt);
    const life = await live(folder);
    await setTimeout(REST_MS);
    await kill(life);
    expectWhole(readDisk(folder), ['a1', 'a2', 'a3', 'b1']);
  });

  it.each(nightly ? LINK_POINTS : LINK_POINTS.slice(0, 1))(
    '%s: the browser that comes back with its old cookie finds its person',
    async (stopAt) => {
      const { folder, cookie, shop } = await dieDuringLogin(stopAt);
      const life = await live(folder);
      // The old events once more, first without the proof: the old profile says where the device is, or takes them as known.
      const again = await send(life, cookie, { events: events('a1', 'a2', 'c1') });
      expect(again.answer).toMatchObject({ accepted: 1, duplicates: ['a1', 'a2'] });
      const login = await send(life, again.cookie, { events: events('b1', 'a3'), proof: await shop.prove('sarah') });
      expect(login.answer.duplicates).toContain('b1');
      await setTimeout(REST_MS);
      await kill(life);
      expectWhole(readDisk(folder), ['a1', 'a2', 'a3', 'b1', 'c1']);
    },
  );

  it('after release: a browser that signs out before its history arrived stays signed out', async () => {
    const { folder, cookie } = await dieDuringLogin('after release');
    const life = await live(folder);
    const goodbye = { id: 'c1', type: 'signed.out', occurredAt: new Date().toISOString(), data: {} };
    const left = await send(life, cookie, { events: [goodbye, ...events('d1')] });
    expect(left.answer).toMatchObject({ accepted: 2 });
    await setTimeout(REST_MS);
    await kill(life);
    const profiles = readDisk(folder);
    expect(unrest(profiles)).toEqual([]);
    const places = placesOf(profiles);
    expect([...places.keys()].sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'd1']);
    const sarah = places.get('b1');
    for (const id of ['a1', 'a2', 'a3', 'c1']) expect(places.get(id)).toEqual(sarah);
    expect(places.get('d1')).not.toEqual(sarah);
    const sessions = profiles.flatMap(({ strands }) => strands.filter((strand) => strand.session));
    expect(sessions).toEqual([]);
  });
});

describe.concurrent('a platform killed while effects are on their way', () => {
  it.each(DRAIN_POINTS)('%s: the chunk goes again under its id, and reconcile mends the rest', async (stopAt) => {
    const folder = await newFolder();
    const first = await live(folder, stopAt);
    await configure(first);
    await send(first, '', { events: events('a1', 'a2', 'a3') });
    await first.stopped;
    await kill(first);
    const life = await live(folder);
    // The alarm rings again in the new life, without a visit.
    await setTimeout(2500);
    const run = await startReconcile(folder, life.url, life.operatorToken, '--all').done;
    expect(run, run.output).toMatchObject({ code: 0, report: { remaining: 0, facts: 3, chunksDrained: 0 } });
    const archived = await archivedIds(life);
    const rollups = await rolledUp(life);
    await kill(life);
    const profiles = readDisk(folder);
    expect(unrest(profiles)).toEqual([]);
    expect([...archived.keys()].sort()).toEqual(['web a1', 'web a2', 'web a3']);
    expect(rollups).toEqual(countedFacts(profiles));
    // After the send, the message was lost with the queue but the chunk was not: it went once more by itself.
    expect(run.report?.before.archive.missing).toBe(0);
  });
});

describe.concurrent('a chunk on its way', () => {
  it('takes in no visit that the edge saw before its deadline and the object after it', async () => {
    const folder = await newFolder();
    const life = await live(folder, 'slow');
    await configure(life);
    const { cookie } = await send(life, '', { events: events('a1') });
    await setTimeout(500);
    await send(life, cookie, { events: events('slow1') });
    await setTimeout(REST_MS);
    const [archived, counted] = [await archivedIds(life), await rolledUp(life)];
    await kill(life);
    expect([...archived.keys()].sort()).toEqual(['web a1', 'web slow1']);
    expect(counted).toEqual(countedFacts(readDisk(folder)));
    expect(unrest(readDisk(folder))).toEqual([]);
  });

  it('takes in nothing while reconcile drains it before its time', async () => {
    const folder = await newFolder();
    const life = await live(folder, 'slow');
    await configure(life);
    const { cookie } = await send(life, '', { events: events('a1') });
    const [object] = readdirSync(join(folder, 'data/do/selvedge-ProfileObject')).flatMap(
      (name) => /^[0-9a-f]{64}/.exec(name)?.[0] ?? [],
    );
    const drained = fetch(`${life.url}/v1/admin/reconcile`, {
      method: 'POST',
      headers: { authorization: `Bearer ${life.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ phase: 'drain', run: 'test', objects: [object] }),
    });
    await setTimeout(200);
    await send(life, cookie, { events: events('b1') });
    expect(await (await drained).json()).toEqual({ chunks: 1, failed: [] });
    await setTimeout(REST_MS);
    const [archived, counted] = [await archivedIds(life), await rolledUp(life)];
    await kill(life);
    expect([...archived.keys()].sort()).toEqual(['web a1', 'web b1']);
    expect(counted).toEqual(countedFacts(readDisk(folder)));
    expect(unrest(readDisk(folder))).toEqual([]);
  });

  it('leaves also when the alarm rang too early for it', async () => {
    const folder = await newFolder();
    const life = await live(folder, 'early alarm');
    await configure(life);
    await send(life, '', { events: events('a1') });
    await setTimeout(REST_MS);
    const [archived, counted] = [await archivedIds(life), await rolledUp(life)];
    await kill(life);
    expect([...archived.keys()]).toEqual(['web a1']);
    expect(counted).toEqual(countedFacts(readDisk(folder)));
    expect(unrest(readDisk(folder))).toEqual([]);
  });
});
