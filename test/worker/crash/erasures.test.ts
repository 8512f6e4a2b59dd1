import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { buildCrashWorker } from './build-worker.ts';
import { configure } from './configure.ts';
import { type Life, startLife } from './mortal.ts';

let folder: string;
let life: Life;
let serverKey: string;
let prove: (customer: string) => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-erasure-'));
  life = await startLife(folder, await buildCrashWorker(join(folder, 'worker.js')));
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
  expect(response.status).toBe(200);
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
const erase = (name: string, scope: string) => {
  const [namespace, value] = name.split(':');
  return post('admin/people/erase', life.operatorToken, { namespace, value, scope, reason: 'asked for it' });
};
/** By the chunk's alarm, the queue and the rollup: seconds in this hurried Worker, more on a busy machine. */
const indexedSoon = async (profile: string) => {
  for (let i = 0; i < 200 && !(await indexed()).includes(profile); i++) await setTimeout(100);
  expect(await indexed()).toContain(profile);
};
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
    const certificate = await erase('customer:tom', 'identity');
    expect(certificate).toMatchObject({ step: 'copies', deleted: { events: 3 } });
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
    const { profile } = (await (
      await fetch(`${life.url}/v1/admin/people?namespace=customer&value=sarah`, {
        headers: { authorization: `Bearer ${life.operatorToken}` },
      })
    ).json()) as { readonly profile: string };
    await indexedSoon(profile);
    expect(await erase('loyalty:L1', 'identity')).toMatchObject({
      step: 'copies',
      deleted: { identities: 1, events: 2 },
    });
    expect(await indexed()).toContain(profile);
  });

  it('loses what a message of before has brought back after an erasure, with the next schedule', async () => {
    await post('collect', serverKey, { events: [viewed('customer:anna')] });
    const { profile } = await erase('customer:anna', 'person');
    await life.rows(`INSERT INTO profile VALUES ('${profile}', 'main', 1, '2026-11-22') ON CONFLICT DO NOTHING`);
    await life.rows(
      `INSERT INTO membership (segment, pid, space, since) VALUES ('viewer', '${profile}', 'main', 1) ON CONFLICT DO NOTHING`,
    );
    await life.schedule();
    expect(await indexed()).not.toContain(profile);
    expect(await life.rows(`SELECT * FROM membership WHERE pid = '${profile}'`)).toEqual([]);
  });
});
