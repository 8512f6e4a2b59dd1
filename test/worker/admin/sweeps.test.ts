import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { Space } from '../../../core/lib/ids.ts';
import { type Platform, startPlatform } from '../../../dev/platform.ts';
import { type Answer, event, sender, startShop, unique } from '../../support/platform.ts';

const PEOPLE = 60;

interface Sweep {
  readonly status: 'running' | 'paused' | 'cancelled' | 'done';
  readonly sequence: number;
  readonly handled: number;
  readonly failed: number;
  readonly total: number;
  readonly ratePerSecond: number;
  readonly estimatedEnd: string | null;
  readonly endedAt: string | null;
}

let platform: Platform;
let folder: string;

async function operator<T = Sweep>(
  method: string,
  path: string,
  body?: object,
  token = platform.secrets.operatorToken,
): Promise<Answer<T>> {
  const call = { method, headers: { authorization: `Bearer ${token}` }, ...(body ? { body } : {}) };
  return (await sender(platform.url)(`/v1/admin${path}`, call)) as unknown as Answer<T>;
}

async function indexed(): Promise<number> {
  const d1 = await platform.miniflare.getD1Database('CONTROL', 'selvedge');
  return (await d1.prepare('SELECT count(*) AS n FROM profile').first<{ n: number }>())?.n ?? 0;
}

async function until(test: (sweep: Sweep) => boolean): Promise<Sweep> {
  for (;;) {
    const { body } = await operator('GET', '/sweep');
    if (test(body)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function membersInObjects(segment: string): Promise<number> {
  const namespace = (await platform.miniflare.getDurableObjectNamespace(
    'PROFILE',
    'selvedge',
  )) as unknown as DurableObjectNamespace;
  let members = 0;
  for (const id of await platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const object = namespace.get(namespace.idFromString(id)) as unknown as ProfileRpc;
    const { memberships } = await object.readFacts('main' as Space, null);
    if (memberships.some((each) => each.segment === segment && each.member)) members++;
  }
  return members;
}

const rule = (tier: string) => ({
  name: 'tier',
  purpose: 'personalization',
  public: false,
  rule: `loyaltyTier = "${tier}"`,
});

async function publish(tier: string): Promise<number> {
  await operator('PUT', '/segments/tiered', rule(tier));
  return (await operator<{ sequence: number }>('POST', '/publish', {})).body.sequence;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-sweep-'));
  const shop = await startShop({ queueDelaySeconds: 0, persist: folder });
  ({ platform } = shop);
  await publish('silver');
  const events = Array.from({ length: PEOPLE }, (_, number) =>
    event(
      'profile.updated',
      { attributes: { loyaltyTier: 'gold' } },
      { identities: [{ namespace: 'customer', value: `swept-${number}` }] },
    ),
  );
  expect((await shop.server({ events })).body.accepted).toBe(PEOPLE);
  // Drains follow a visit by themselves.
  while ((await indexed()) < PEOPLE) await new Promise((resolve) => setTimeout(resolve, 200));
}, 120_000);
afterAll(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

describe('a sweep', () => {
  it('begins by itself with a publish', async () => {
    const sequence = await publish('copper');
    await expect
      .poll(async () => (await operator('GET', '/sweep')).body, { timeout: 30_000, interval: 100 })
      .toMatchObject({ sequence, status: 'done', handled: PEOPLE });
  });

  it('is paused, resumed, paced and cancelled', async () => {
    const sequence = await publish('bronze');
    const begun = await operator('POST', '/sweep', { ratePerSecond: 1 });
    expect(begun.body).toMatchObject({ status: 'running', sequence, total: PEOPLE, ratePerSecond: 1 });
    expect(begun.body.estimatedEnd).not.toBeNull();
    const paused = await operator('POST', '/sweep/pause');
    expect(paused.body).toMatchObject({ status: 'paused', estimatedEnd: null });
    expect((await operator('POST', '/sweep/resume')).body.status).toBe('running');
    expect((await operator('POST', '/sweep', { ratePerSecond: 20 })).body).toMatchObject({
      ratePerSecond: 20,
      sequence,
    });
    await until(({ handled }) => handled > 10);
    const cancelled = await operator('POST', '/sweep/cancel');
    expect(cancelled.body.status).toBe('cancelled');
    expect(cancelled.body.endedAt).not.toBeNull();
    expect((await operator('POST', '/sweep/resume')).problem).toBe('conflict');
    expect((await operator('POST', '/sweep', { ratePerSecond: 0 })).problem).toBe('invalid');
    // A sweep that is over is begun again.
    expect((await operator('POST', '/sweep', { ratePerSecond: 1000 })).body).toMatchObject({
      status: 'running',
      handled: 0,
    });
    expect(await until(({ status }) => status === 'done')).toMatchObject({ handled: PEOPLE, failed: 0 });
  }, 60_000);

  it('goes on by itself after the process was killed in the middle, and leaves nobody out', async () => {
    const sequence = await publish('gold');
    await operator('POST', '/sweep', { ratePerSecond: 10 });
    const { handled } = await until((sweep) => sweep.handled >= 15);
    expect(handled).toBeLessThan(PEOPLE);
    const { secrets } = platform;
    await platform.stop();
    platform = await startPlatform({ persist: folder, secrets, queueDelaySeconds: 0, inspectObjects: true });
    expect((await operator('GET', '/sweep')).body).toMatchObject({ sequence, status: 'running' });
    const done = await until(({ status }) => status === 'done');
    expect(done).toMatchObject({ sequence, handled: PEOPLE, failed: 0 });
    // The simulated queue forgets what it holds when it is killed, so the profiles are asked themselves.
    expect(await membersInObjects('tiered')).toBe(PEOPLE);
  }, 120_000);

  it('gives way to a newer publish, and its pace is kept', async () => {
    await publish('silver');
    await operator('POST', '/sweep', { ratePerSecond: 2 });
    await until(({ handled }) => handled >= 2);
    const newer = await publish('bronze');
    const next = await operator('POST', '/sweep');
    expect(next.body).toMatchObject({ sequence: newer, status: 'running', ratePerSecond: 2 });
    // The publish began it.
    expect(next.body.handled).toBeLessThan(PEOPLE / 2);
    expect((await operator('POST', '/sweep/cancel')).body.status).toBe('cancelled');
  }, 60_000);

  it('brings nobody to a gradual publish who is not in its draw', async () => {
    await publish('silver');
    await operator('POST', '/sweep', { ratePerSecond: 1000 });
    await until(({ status }) => status === 'done');
    expect(await membersInObjects('tiered')).toBe(0);
    await operator('PUT', '/segments/tiered', rule('gold'));
    expect((await operator<{ percent: number }>('POST', '/publish', { percent: 50 })).body.percent).toBe(50);
    await operator('POST', '/sweep', { ratePerSecond: 1000 });
    expect(await until(({ status }) => status === 'done')).toMatchObject({ handled: PEOPLE, failed: 0 });
    const members = await membersInObjects('tiered');
    expect(members).toBeGreaterThan(10);
    expect(members).toBeLessThan(PEOPLE - 10);
  }, 60_000);

  it('is steered by whoever may publish, and looked at by all', async () => {
    const name = unique('editor').toLowerCase();
    const { body } = await operator<{ token: string }>('POST', '/operators', { name, role: 'editor' });
    for (const path of ['', '/pause', '/resume', '/cancel'])
      expect((await operator('POST', `/sweep${path}`, {}, body.token)).problem).toBe('forbidden');
    expect((await operator('GET', '/sweep', undefined, body.token)).status).toBe(200);
    const audit = await operator<{ items: readonly { action: string; note: string | null }[] }>('GET', '/audit');
    const notes = audit.body.items.filter(({ action }) => action === 'swept').map(({ note }) => note);
    expect(notes).toEqual(expect.arrayContaining(['cancel', 'start at 1000 per second']));
  });
});
