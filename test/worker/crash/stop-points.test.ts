import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { atRest } from './at-rest.ts';
import { buildCrashWorker } from './build-worker.ts';
import { type Configured, configure } from './configure.ts';
import { readDisk, type StoredProfile } from './disk.ts';
import { archivedIds, countedFacts, placesOf, rolledUp, unrest } from './findings.ts';
import { type Life, startLife } from './mortal.ts';
import { startReconcile } from './reconcile-run.ts';
import type { StopPoint } from './stop-point.ts';

/** Several platforms share the machine: what takes seconds alone may take a minute here. */
const PATIENT = { timeout: 180_000 };

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
  const life = await startLife(folder, bundle, stopAt ? { STOP_AT: stopAt } : {});
  lives.add(life);
  return life;
}

async function kill(life: Life): Promise<void> {
  await life.kill();
  lives.delete(life);
}

const events = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, type: 'product.viewed', occurredAt: new Date().toISOString(), data: { productId: id } }));

interface Answered {
  readonly accepted: number;
  readonly duplicates: readonly string[];
  readonly refused: readonly { readonly id?: string }[];
}

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
    answer: (await response.json()) as Answered,
  };
}

const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);
type Step = 'before' | 'after';
/** A few of these in every run, all of them in a nightly one. */
const points = (some: readonly StopPoint[], ...kinds: readonly Exclude<Kind, Step>[]): readonly StopPoint[] =>
  nightly ? kinds.flatMap((kind): readonly StopPoint[] => [`before ${kind}`, `after ${kind}`]) : some;
type Kind = StopPoint extends infer P
  ? P extends `${Step} ${infer K}`
    ? K extends 'batch'
      ? never
      : K
    : never
  : never;

interface Dead {
  readonly folder: string;
  readonly cookie: string;
  readonly shop: Configured;
}

/** Events of a server about somebody it names. */
async function tell(life: Life, { serverKey }: Configured, id: string, ...names: readonly string[]): Promise<void> {
  const identities = names.map((name) => {
    const [namespace, value] = name.split(':');
    return { namespace, value };
  });
  const response = await fetch(`${life.url}/v1/collect`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serverKey}` },
    body: JSON.stringify({ events: events(id).map((one) => ({ ...one, identities })) }),
  });
  expect(await response.json()).toMatchObject({ accepted: 1 });
}

/** A device with a history of three events signs in as nobody's first; the platform is killed at the point. The fast path. */
async function dieDuringLogin(stopAt: StopPoint): Promise<Dead> {
  const folder = await newFolder();
  const life = await live(folder, stopAt);
  const shop = await configure(life);
  const { cookie } = await send(life, '', { events: events('a1', 'a2', 'a3') });
  await dieDuring(life, async () => {
    const proof = await shop.prove('sarah');
    await send(life, cookie, { events: events('b1'), proof });
  });
  return { folder, cookie, shop };
}

/** Anna's device signs in as Sarah: the device moves, and Anna's history stays hers. The general way. */
async function dieDuringTakeover(stopAt: StopPoint): Promise<Dead> {
  const folder = await newFolder();
  const first = await live(folder);
  const shop = await configure(first);
  const { cookie } = await send(first, '', { events: events('a1', 'a2') });
  const anna = await send(first, cookie, { events: events('a3'), proof: await shop.prove('anna') });
  await atRest(first);
  await kill(first);
  const life = await live(folder, stopAt);
  await dieDuring(life, async () => {
    await send(life, anna.cookie, { events: events('b1'), proof: await shop.prove('sarah') });
  });
  return { folder, cookie: anna.cookie, shop };
}

/** A loyalty id and a customer, known for themselves, are named together: the customer moves to the older one. */
async function dieDuringJoin(stopAt: StopPoint): Promise<Dead> {
  const folder = await newFolder();
  const first = await live(folder);
  const shop = await configure(first);
  await tell(first, shop, 'a1', 'loyalty:L1');
  await tell(first, shop, 'a2', 'customer:sarah');
  await kill(first);
  const life = await live(folder, stopAt);
  await dieDuring(life, () => tell(life, shop, 'b1', 'customer:sarah', 'loyalty:L1'));
  return { folder, cookie: '', shop };
}

/** Kills the platform at its stop point, whatever becomes of what is being done. */
async function dieDuring(life: Life, act: () => Promise<void>): Promise<void> {
  const done = act().catch(() => null);
  await life.stopped;
  await kill(life);
  await done;
}

function ownerOf(profiles: readonly StoredProfile[], name: string): StoredProfile | undefined {
  return profiles.find(({ strands }) =>
    strands.some(
      ({ identity, state, keptBy }) =>
        state === 'owned' && !keptBy && (identity.value === name || identity.namespace === name),
    ),
  );
}

/** Everything is once where it belongs (owner → ids of events), and nothing hangs. */
function expectWhole(profiles: readonly StoredProfile[], ids: Readonly<Record<string, readonly string[]>>): void {
  expect(unrest(profiles)).toEqual([]);
  const expected = Object.entries(ids).flatMap(([owner, those]) =>
    those.map((id) => [id, [ownerOf(profiles, owner)?.profile]] as const),
  );
  expect(Object.fromEntries(placesOf(profiles))).toEqual(Object.fromEntries(expected));
}

/** The platform lives again for a while, and nobody comes. */
async function restAlone({ folder }: Dead): Promise<readonly StoredProfile[]> {
  const life = await live(folder);
  await atRest(life);
  await kill(life);
  return readDisk(folder);
}

const LOGIN_POINTS = points(
  ['before take', 'after take', 'before directory', 'after release'],
  'take',
  'directory',
  'release',
  'forward',
  'unlock',
);
const TAKEOVER_POINTS = points(
  ['after lock', 'before import'],
  'begin',
  'lock',
  'wanted',
  'install',
  'directory',
  'import',
  'graph',
  'unlock',
  'linked',
);
const JOIN_POINTS = points(
  ['after switch'],
  'begin',
  'lock',
  'switch',
  'read',
  'directory',
  'release',
  'forward',
  'unlock',
  'linked',
);
const DRAIN_POINTS: readonly StopPoint[] = nightly ? ['in send', 'after batch'] : ['in send'];

describe.concurrent('a platform killed while a device is on its way to a person', PATIENT, () => {
  it.each(LOGIN_POINTS)('%s: the alarm finishes it, although nobody comes back', async (stopAt) => {
    expectWhole(await restAlone(await dieDuringLogin(stopAt)), { sarah: ['a1', 'a2', 'a3', 'b1'] });
  });

  it.each(nightly ? LOGIN_POINTS : LOGIN_POINTS.slice(1, 2))(
    '%s: the browser that comes back with its old cookie finds its person',
    async (stopAt) => {
      const { folder, cookie, shop } = await dieDuringLogin(stopAt);
      const life = await live(folder);
      // The old events once more, first without the proof: the old profile says where the device is, or takes them as known.
      const again = await send(life, cookie, { events: events('a1', 'a2', 'c1') });
      expect(again.answer).toMatchObject({ accepted: 1, duplicates: ['a1', 'a2'] });
      const login = await send(life, again.cookie, { events: events('b1', 'a3'), proof: await shop.prove('sarah') });
      expect(login.answer.duplicates).toContain('b1');
      await atRest(life);
      await kill(life);
      expectWhole(readDisk(folder), { sarah: ['a1', 'a2', 'a3', 'b1', 'c1'] });
    },
  );

  it('after take: a browser that signs out before its history arrived stays signed out', async () => {
    const { folder, cookie } = await dieDuringLogin('after take');
    const life = await live(folder);
    const goodbye = { id: 'c1', type: 'signed.out', occurredAt: new Date().toISOString(), data: {} };
    let left = await send(life, cookie, { events: [goodbye, ...events('d1')] });
    // While the device is on its way out, what follows the goodbye is asked for again.
    for (let i = 0; left.answer.refused.length > 0 && i < 200; i++) {
      await setTimeout(250);
      left = await send(life, left.cookie, { events: [goodbye, ...events('d1')] });
    }
    await atRest(life);
    await kill(life);
    const profiles = readDisk(folder);
    expectWhole(profiles, { sarah: ['a1', 'a2', 'a3', 'b1', 'c1'], device: ['d1'] });
    expect(ownerOf(profiles, 'device')).not.toEqual(ownerOf(profiles, 'sarah'));
    expect(profiles.flatMap(({ strands }) => strands.filter((strand) => strand.session))).toEqual([]);
  });
});

describe.concurrent('a platform killed while a device goes from one person to the next', PATIENT, () => {
  it.each(TAKEOVER_POINTS)('%s: the alarm finishes it, although nobody comes back', async (stopAt) => {
    const profiles = await restAlone(await dieDuringTakeover(stopAt));
    expectWhole(profiles, { anna: ['a1', 'a2', 'a3'], sarah: ['b1'] });
    expect(ownerOf(profiles, 'device')?.profile).toBe(ownerOf(profiles, 'sarah')?.profile);
  });

  it.each(nightly ? TAKEOVER_POINTS : TAKEOVER_POINTS.slice(0, 1))(
    '%s: the browser that comes back with its old cookie is the second person',
    async (stopAt) => {
      const { folder, cookie, shop } = await dieDuringTakeover(stopAt);
      const life = await live(folder);
      const proof = await shop.prove('sarah');
      const login = await send(life, cookie, { events: events('b1', 'c1'), proof });
      expect(login.answer).toMatchObject({ accepted: 1, duplicates: ['b1'] });
      await atRest(life);
      const later = await send(life, cookie, { events: events('c2', 'a1') });
      expect(later.answer).toMatchObject({ accepted: 1, duplicates: ['a1'] });
      await atRest(life);
      await kill(life);
      expectWhole(readDisk(folder), { anna: ['a1', 'a2', 'a3'], sarah: ['b1', 'c1', 'c2'] });
    },
  );
});

describe.concurrent('a platform killed while two ids become one person', PATIENT, () => {
  it.each(JOIN_POINTS)('%s: the alarm finishes it, although nobody comes back', async (stopAt) => {
    const profiles = await restAlone(await dieDuringJoin(stopAt));
    expectWhole(profiles, { sarah: ['a1', 'a2', 'b1'] });
    expect(ownerOf(profiles, 'L1')?.profile).toBe(ownerOf(profiles, 'sarah')?.profile);
  });
});

describe.concurrent('a platform killed while effects are on their way', PATIENT, () => {
  it.each(DRAIN_POINTS)('%s: the chunk goes again under its id, and reconcile mends the rest', async (stopAt) => {
    const folder = await newFolder();
    const first = await live(folder, stopAt);
    await configure(first);
    await send(first, '', { events: events('a1', 'a2', 'a3') });
    await first.stopped;
    await kill(first);
    const life = await live(folder);
    // The alarm rings again in the new life, without a visit.
    await atRest(life);
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

describe.concurrent('a chunk on its way', PATIENT, () => {
  it('takes in no visit that the edge saw before its deadline and the object after it', async () => {
    const folder = await newFolder();
    const life = await live(folder, 'slow');
    await configure(life);
    const { cookie } = await send(life, '', { events: events('a1') });
    await setTimeout(500);
    await send(life, cookie, { events: events('slow1') });
    await atRest(life);
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
    await atRest(life);
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
    await atRest(life);
    const [archived, counted] = [await archivedIds(life), await rolledUp(life)];
    await kill(life);
    expect([...archived.keys()]).toEqual(['web a1']);
    expect(counted).toEqual(countedFacts(readDisk(folder)));
    expect(unrest(readDisk(folder))).toEqual([]);
  });
});
