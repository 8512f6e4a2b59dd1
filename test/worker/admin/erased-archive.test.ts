import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, order, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

interface Certificate {
  readonly finishedAt: string | null;
  readonly remains: readonly { readonly where: string }[];
}

const HOUR_MS = 3_600_000;
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
}, 60_000);
afterAll(() => shop.stop());

const operator = async <T>(method: string, path: string, body?: object): Promise<Answer<T>> =>
  (await shop.send(`/v1/admin/people${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    ...(body ? { body } : {}),
  })) as unknown as Answer<T>;
const profileOf = async (value: string) =>
  (await operator<{ readonly profile: string }>('GET', `?namespace=customer&value=${value}`)).body.profile;

async function drain(): Promise<void> {
  const namespace = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  for (const id of await shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const stub = namespace.get(namespace.idFromString(id)) as unknown as { drainNow(space: string): Promise<number> };
    await stub.drainNow('main');
  }
}

/** The hourly schedule, so many hours from now. */
async function schedule(hours: number): Promise<void> {
  const worker = await shop.platform.miniflare.getWorker('selvedge');
  await worker.scheduled({ cron: '17 * * * *', scheduledTime: new Date(Date.now() + hours * HOUR_MS) });
}

async function archive(): Promise<Readonly<Record<string, readonly string[]>>> {
  const bucket = await shop.platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge');
  const { objects } = await bucket.list({ prefix: 'main/' });
  const read = objects.map(async ({ key }) => {
    const body = Buffer.from((await (await bucket.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0));
    return [key, gunzipSync(body).toString().trimEnd().split('\n')] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
const linesOf = async (profile: string) =>
  Object.values(await archive())
    .flat()
    .filter((line) => line.includes(profile));

it('a person who was erased is in no hour of the archive, also where it was compacted already; others are', async () => {
  const [her, other] = [unique('her'), unique('other')];
  for (const value of [her, other]) {
    const identities = [{ namespace: 'customer', value }];
    const { body } = await shop.server({ events: [viewed('p1', { identities }), order({ identities })] });
    expect(body.accepted).toBe(2);
  }
  const [hers, others] = [await profileOf(her), await profileOf(other)];
  await drain();
  await expect.poll(async () => (await linesOf(others)).length, { timeout: 20_000 }).toBe(2);
  await expect.poll(async () => (await linesOf(hers)).length, { timeout: 20_000 }).toBe(2);
  await schedule(2);
  const compacted = Object.keys(await archive());
  expect(compacted.every((key) => key.includes('/compact-'))).toBe(true);
  const kept = await linesOf(others);

  const request = unique('erase-archived');
  await operator('POST', '/erase', { namespace: 'customer', value: her, request, reason: 'asked to be forgotten' });
  const certificate = () => operator<Certificate>('GET', `/erasures/${request}`);
  await expect.poll(async () => (await certificate()).body.finishedAt, { timeout: 20_000 }).not.toBeNull();
  const places = async () => (await certificate()).body.remains.map(({ where }) => where);
  expect(await places()).toContain('archive');
  expect(await linesOf(hers)).toHaveLength(2);

  await schedule(3);
  expect(await linesOf(hers)).toEqual([]);
  expect(await linesOf(others)).toEqual(kept);
  expect(await places()).not.toContain('archive');
  expect(await places()).toContain('audit');
}, 90_000);
