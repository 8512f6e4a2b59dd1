import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { until } from './at-rest.ts';
import { buildCrashWorker } from './build-worker.ts';
import { configure } from './configure.ts';
import { type Life, startLife } from './mortal.ts';
import type { StopPoint } from './stop-point.ts';

let folder: string;
let bundle: string;
let life: Life;
let serverKey: string;
let prove: (customer: string) => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-erasure-'));
  bundle = await buildCrashWorker(join(folder, 'worker.js'));
  life = await startLife(folder, bundle);
  ({ serverKey, prove } = await configure(life));
});
afterAll(async () => {
  await life.kill();
  await rm(folder, { recursive: true, force: true });
});

async function post(path: string, token: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${life.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([200, 202]).toContain(response.status);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

let serial = 0;
const viewed = (...names: readonly string[]) => ({
  id: `i${++serial}`,
  type: 'product.viewed',
  occurredAt: new Date().toISOString(),
  data: { productId: 'p1' },
  identities: names.map((name) => {
    const [namespace, value] = name.split(':');
    return { namespace, value };
  }),
});
const asked = (name: string, scope: string, request: object = {}) => {
  const [namespace, value] = name.split(':');
  return { namespace, value, scope, reason: 'asked for it', ...request };
};
const erase = (name: string, scope: string, request: object = {}) =>
  post('admin/people/erase', life.operatorToken, asked(name, scope, request));
/** What is not done at once is asked for again, by the same request. */
const eraseWholly = async (name: string) => {
  const request = { request: `erase-${name}` };
  let certificate = await erase(name, 'identity', request);
  await soon(async () => {
    if (certificate.finishedAt === null) certificate = await erase(name, 'identity', request);
    return certificate.finishedAt !== null;
  });
  return certificate;
};
/** Null: nobody of that name is stored. */
const find = async (name: string) => {
  const [namespace = '', value = ''] = name.split(':');
  const query = new URLSearchParams({ namespace, value });
  const response = await fetch(`${life.url}/v1/admin/people?${query}`, {
    headers: { authorization: `Bearer ${life.operatorToken}` },
  });
  if (response.status === 404) return null;
  return (await response.json()) as { readonly profile: string; readonly identities: readonly object[] };
};
const soon = (holds: () => Promise<boolean>) => until('what was asked for', holds);
const reborn = async (stopAt?: StopPoint) => {
  await life.kill();
  life = await startLife(folder, bundle, stopAt ? { STOP_AT: stopAt } : {});
};
const indexedSoon = (profile: string) =>
  until(`${profile} to be in the index`, async () => (await indexed()).includes(profile));
const indexed = async () => (await life.rows('SELECT pid FROM profile')).map(({ pid }) => pid);

describe('an id that is erased alone', () => {
  it('takes along what a device left with it when somebody signed out', async () => {
    const browse = async (cookie: string, type: string, more: object = {}) => {
      const response = await fetch(`${life.url}/v1/collect?key=${WRITE_KEY.web}`, {
        method: 'POST',
        headers: { 'user-agent': BROWSER, origin: ORIGIN.web, ...(cookie ? { cookie: `__Host-sv=${cookie}` } : {}) },
        body: JSON.stringify({ events: [{ ...viewed(), type, identities: [] }], ...more }),
      });
      expect(await response.json()).toMatchObject({ accepted: 1 });
      return cookieOf(response) ?? cookie;
    };
    const device = await browse('', 'product.viewed');
    const joined = await browse(device, 'signed.in', { proof: await prove('tom') });
    await browse(joined, 'signed.out');
    const certificate = await eraseWholly('customer:tom');
    expect(certificate).toMatchObject({ step: 'copies', deleted: { events: 3 } });
  });
});

describe('an erasure whose process dies', () => {
  it('when the profile has heard of it ends that profile, and not the one who came after', {
    timeout: 120_000,
  }, async () => {
    await post('collect', serverKey, { events: [viewed('customer:tina', 'loyalty:T1'), viewed('customer:tina')] });
    // Archived, so that there is a key to destroy.
    await soon(async () => (await life.rows('SELECT * FROM archive_key')).length > 0);
    await reborn('after erase');
    const request = { request: 'erase-tina-1' };
    const dies = expect(erase('customer:tina', 'identity', request)).rejects.toThrow();
    await life.stopped;
    await reborn();
    await dies;
    // What the killed process had not asked for yet is asked for by the schedule.
    await soon(async () => {
      if ((await find('customer:tina')) === null) return true;
      await life.schedule();
      return false;
    });
    await post('collect', serverKey, { events: [viewed('customer:tina')] });
    const after = await find('customer:tina');
    let certificate = await erase('customer:tina', 'identity', request);
    await soon(async () => {
      certificate = await erase('customer:tina', 'identity', request);
      return certificate.finishedAt !== null;
    });
    expect(certificate).toMatchObject({ step: 'copies', deleted: { identities: 1, events: 2 } });
    expect(await find('customer:tina')).toMatchObject({ profile: after?.profile, identities: [{ events: 1 }] });
    const open = (await life.rows('SELECT id FROM archive_key WHERE sealed IS NOT NULL')).map(({ id }) => String(id));
    expect(open.filter((id) => id.startsWith(`${certificate.profile}/`))).toEqual([]);
    expect(await find('loyalty:T1')).not.toBeNull();
  });

  it('before the id could be split off is on record by then, and goes on by itself', { timeout: 120_000 }, async () => {
    await post('collect', serverKey, { events: [viewed('customer:uwe', 'loyalty:U1'), viewed('loyalty:U1')] });
    await reborn('before install');
    const begun = await erase('loyalty:U1', 'identity', { request: 'erase-uwe-1' });
    expect(begun).toMatchObject({ request: 'erase-uwe-1', step: 'asked', finishedAt: null });
    const [held] = await life.rows("SELECT sealed_id FROM erasure WHERE request = 'erase-uwe-1'");
    expect(held?.sealed_id).toMatch(/^v1\./);
    await reborn();
    // Nobody asks again: the schedule has it on its list.
    await soon(async () => {
      await life.schedule();
      const [row] = await life.rows("SELECT finished_at, sealed_id FROM erasure WHERE request = 'erase-uwe-1'");
      return row?.finished_at !== null && row?.sealed_id === null;
    });
    expect(await find('loyalty:U1')).toBeNull();
    expect(await find('customer:uwe')).not.toBeNull();
  });
});

describe('the index of people in D1', () => {
  it('keeps a person who had one of several ids erased', async () => {
    await post('collect', serverKey, {
      events: [
        viewed('customer:sarah', 'loyalty:L1'),
        viewed('customer:sarah'),
        viewed('loyalty:L1'),
        viewed('loyalty:L1'),
      ],
    });
    const { profile = '' } = (await find('customer:sarah')) ?? {};
    await indexedSoon(profile);
    expect(await eraseWholly('loyalty:L1')).toMatchObject({
      step: 'copies',
      deleted: { identities: 1, events: 2 },
    });
    // Which of the two keeps the id of the profile is the protocol's choice; the person is found, and indexed with the next event.
    const kept = await find('customer:sarah');
    await post('collect', serverKey, { events: [viewed('customer:sarah')] });
    await indexedSoon(kept?.profile ?? '');
  });

  it('loses a profile whose person lives on in another', async () => {
    await post('collect', serverKey, { events: [viewed('loyalty:V1')] });
    const { profile: alone = '' } = (await find('loyalty:V1')) ?? {};
    await indexedSoon(alone);
    await post('collect', serverKey, { events: [viewed('customer:vera')] });
    const { profile: home = '' } = (await find('customer:vera')) ?? {};
    await post('collect', serverKey, { events: [viewed('customer:vera', 'loyalty:V1')] });
    await soon(async () => (await find('loyalty:V1'))?.profile === (await find('customer:vera'))?.profile);
    const { profile } = (await find('customer:vera')) ?? {};
    const other = profile === home ? alone : home;
    await soon(async () => !(await indexed()).includes(other));
    await indexedSoon(profile ?? '');
    expect(await life.rows(`SELECT * FROM membership WHERE pid = '${other}'`)).toEqual([]);
  });
});
