import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atRest } from './at-rest.ts';
import { buildCrashWorker } from './build-worker.ts';
import { type Client, createBackend, createBrowser, keepActing, sendAll, type Whereabouts } from './clients.ts';
import { configure } from './configure.ts';
import { liveFacts, readDisk, type StoredProfile } from './disk.ts';
import { archivedIds, countedFacts, placesOf, rolledUp, unrest, wrongEvents } from './findings.ts';
import { type Life, startLife } from './mortal.ts';
import { createRandom } from './random.ts';
import { startReconcile } from './reconcile-run.ts';

const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);
const KILLS = nightly ? 120 : 6;
const BROWSERS = 10;
const BACKENDS = 2;
const CUSTOMERS = Array.from({ length: 8 }, (_, i) => `customer-${i + 1}`);
const seed = Number(process.env.SELVEDGE_SEED ?? Date.now() % 1_000_000_007);

let folder: string;
let life: Life | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-kill-'));
});
afterAll(async () => {
  await life?.kill();
  await rm(folder, { recursive: true, force: true });
});

describe('a load without a crash', () => {
  it('reaches archive and rollups through the queue alone, to the last event', { timeout: 180_000 }, async () => {
    const bundle = await buildCrashWorker(join(folder, 'worker.js'));
    const calm = join(folder, 'calm');
    life = await startLife(calm, bundle);
    const at: Whereabouts = { url: life.url, hangUp: 0, oldTokens: 0, ...(await configure(life)) };
    const clients = createClients(at);
    let isOver = false;
    const acting = Promise.all(
      clients.map((client, i) => keepActing(client, createRandom(seed * 17 + i), { isOver: () => isOver })),
    );
    await setTimeout(4000);
    isOver = true;
    await acting;
    await Promise.all(clients.map(sendAll));
    await atRest(life);
    const { code, report, output } = await startReconcile(calm, life.url, life.operatorToken, '--all', '--check').done;
    await life.kill();
    life = null;
    expect({ code, before: report?.before }, output).toMatchObject({
      code: 0,
      before: { archive: { missing: 0, extra: 0 }, events: [], offers: [], members: [], staleIndex: 0 },
    });
    expect(report?.facts).toBe(clients.flatMap((client) => client.events).length);
  });
});

describe('kill -9 in the middle of a load, again and again', () => {
  it(`loses nothing and doubles nothing (SELVEDGE_SEED=${seed})`, {
    timeout: nightly ? 1_200_000 : 240_000,
  }, async () => {
    console.log(`seed ${seed}, ${KILLS} kills`);
    const random = createRandom(seed);
    const bundle = await buildCrashWorker(join(folder, 'worker.js'));
    life = await startLife(folder, bundle);
    const { serverKey, prove } = await configure(life);
    const at: Whereabouts = { url: life.url, hangUp: 0.06, oldTokens: 0.03, serverKey, prove };
    const clients = createClients(at);

    // The load, and the kills.
    let isOver = false;
    const acting = Promise.all(
      clients.map((client, i) => keepActing(client, createRandom(seed * 31 + i), { isOver: () => isOver })),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await setTimeout(random.between(600, 2200));
      await life.kill();
      life = await startLife(folder, bundle);
      at.url = life.url;
    }
    isOver = true;
    await acting;
    await Promise.all(clients.map(sendAll));

    // Alarms alone bring everything to rest: nobody visits any more.
    await atRest(life);
    await life.kill();
    const sent = clients.flatMap((client) => client.events);
    const profiles = readDisk(folder);
    console.log(summaryOf(sent.length, profiles));
    expect(wrongEvents(sent, profiles)).toEqual([]);
    expect(unrest(profiles)).toEqual([]);

    // Reconcile, cut off once in its middle, makes archive and rollups agree with the facts.
    life = await startLife(folder, bundle);
    const cutOff = startReconcile(folder, life.url, life.operatorToken, '--all');
    await cutOff.says('correcting');
    cutOff.kill();
    const { code, output } = await cutOff.done;
    console.log(`cut off:\n${output}`);
    expect(code).toBeNull();
    const mended = await startReconcile(folder, life.url, life.operatorToken, '--all').done;
    console.log(mended.output);
    expect(mended).toMatchObject({ code: 0, report: { remaining: 0, failedObjects: [] } });
    console.log(
      JSON.stringify({
        ...mended.report?.before,
        events: mended.report?.before.events.length,
        offers: mended.report?.before.offers.length,
      }),
    );
    const facts = new Set(profiles.flatMap(liveFacts).map(({ source, id }) => `${source} ${id}`));
    expect(new Set((await archivedIds(life)).keys())).toEqual(facts);
    expect(await rolledUp(life)).toEqual(countedFacts(profiles));
    expect(mended.report?.facts).toBe(facts.size);
    const checked = await startReconcile(folder, life.url, life.operatorToken, '--all', '--check').done;
    expect(checked).toMatchObject({ code: 0, report: { remaining: 0 } });
  });
});

function createClients(at: Whereabouts): readonly Client[] {
  return [
    ...Array.from({ length: BROWSERS }, (_, i) => createBrowser(`b${i}`, CUSTOMERS, createRandom(seed + i + 1), at)),
    ...Array.from({ length: BACKENDS }, (_, i) => createBackend(CUSTOMERS, createRandom(seed - i - 1), at)),
  ];
}

function summaryOf(sent: number, profiles: readonly StoredProfile[]): string {
  const doubled = [...placesOf(profiles).values()].filter((places) => places.length > 1).length;
  const strands = profiles.flatMap((profile) => profile.strands);
  const moved = strands.filter((strand) => strand.state === 'gone').length;
  const closed = strands.filter((strand) => strand.state === 'closed').length;
  const joined = profiles.filter(({ stitch }) => stitch.state === 'forwarded').length;
  return `${sent} events acknowledged, ${profiles.length} profiles, ${joined} joined with others, ${moved} strands moved, ${closed} closed by a sign-out, ${doubled} events doubled`;
}
