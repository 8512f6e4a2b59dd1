import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

interface Explained {
  readonly agrees: boolean;
  readonly detail?: string;
  readonly receipt: { readonly v: number };
}

const PAGE = Array.from({ length: 30 }, (_, i) => `shelf-${i}`);
let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  for (const id of PAGE) await put(`placements/${id}`, { name: id, kind: 'html', count: 20 });
  for (let i = 0; i < 20; i++)
    await put(`offers/thing-${i}`, { name: `Thing ${i}`, placements: PAGE, content: `<p>${i}</p>` });
  expect((await operator('POST', 'publish', {})).status).toBe(201);
}, 60_000);
afterAll(() => shop.stop());

const operator = async <T = unknown>(method: string, path: string, body?: object): Promise<Answer<T>> =>
  (await shop.send(`/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    ...(body ? { body } : {}),
  })) as unknown as Answer<T>;
const put = async (path: string, body: object) => expect((await operator('PUT', path, body)).status).toBeLessThan(300);
const explain = (id: string) => operator<Explained>('GET', `decisions/${id}`);

/** What waits in the objects leaves for the queue. */
async function drain(): Promise<void> {
  const namespace = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  for (const id of await shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const stub = namespace.get(namespace.idFromString(id)) as unknown as { drainNow(space: string): Promise<number> };
    await stub.drainNow('main');
  }
}
const told = (limit: string) =>
  shop.log.filter((line) => line.includes('"receiptLeftOut"') && line.includes(`"limit":"${limit}"`));

it('a large page has its receipt; one that is too large for it is told, in the log and to whoever asks', async () => {
  const who = { namespace: 'customer', value: unique('c') };
  await shop.server({ events: [viewed('p1', { identities: [who] })] });
  // Published just now: isolates look for it.
  await expect
    .poll(async () => (await shop.decide({ identity: who, placements: PAGE.slice(0, 1) })).body.propositions.length, {
      timeout: 30_000,
    })
    .toBe(20);
  const first = async (places: number) => {
    const { body } = await shop.decide({ identity: who, placements: PAGE.slice(0, places) });
    return body.propositions[0]?.id ?? '';
  };
  const [large, tooLarge] = [await first(6), await first(30)];
  await drain();
  await expect.poll(async () => (await explain(large)).status, { timeout: 20_000 }).toBe(200);
  expect((await explain(large)).body).toMatchObject({ agrees: true, receipt: { v: 2 } });
  const none = await explain(tooLarge);
  expect([none.status, none.body.detail]).toEqual([
    404,
    expect.stringMatching(/had \d{5} bytes.*"?receiptBytes"?, 16000/),
  ]);
  const line = told('receiptBytes')[0] ?? '';
  expect(line).toContain(tooLarge.split('_')[1]);
  expect(line).not.toContain(who.value);

  // Each would be kept, but not all beside each other.
  const many: string[] = [];
  for (let i = 0; i < 25; i++) many.push(await first(12));
  await drain();
  await expect
    .poll(async () => (await explain(many.at(-1) ?? '')).body.detail, { timeout: 20_000 })
    .toContain('receiptsWaitingBytes');
  expect((await explain(many[0] ?? '')).status).toBe(200);
  expect(told('receiptsWaitingBytes').length).toBeGreaterThan(0);
}, 90_000);
