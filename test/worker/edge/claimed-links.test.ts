import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_IDENTITY } from '../../../core/identity/identity-config.ts';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

/** A space whose namespace of newsletter ids trusts what a page says: they are secrets. */
let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
  const reserved = ['device', 'anonymous'];
  const namespaces = DEFAULT_IDENTITY.namespaces
    .filter(({ code }) => !reserved.includes(code))
    .map((one) => (one.code === 'email' ? { ...one, linkTrust: 'claimed' } : one));
  expect((await operator('PUT', 'settings/identity', { namespaces })).status).toBe(201);
  expect((await operator('POST', 'publish', {})).status).toBe(201);
}, 60_000);
afterAll(() => shop.stop());

const operator = (method: string, path: string, body?: object) =>
  shop.send(`/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    ...(body ? { body } : {}),
  });
interface Graph {
  readonly identities: readonly { readonly namespace: string; readonly trust: string; readonly state: string }[];
  readonly links: readonly { readonly verifiedAt: object | null; readonly claimedAt: object | null }[];
}
const find = async (namespace: string, value: string) => {
  const answer = await operator('GET', `people?namespace=${namespace}&value=${encodeURIComponent(value)}`);
  return { status: answer.status, graph: answer.body as unknown as Graph };
};
const settled = (check: () => Promise<void>) =>
  expect.poll(() => check().then(() => 'holds', String), { timeout: 15_000, interval: 100 }).toBe('holds');

it('links what a page says there, as a claim, and nothing that it says elsewhere', async () => {
  const mail = `${unique('m')}@shop.example`;
  const phone = `+4915${Date.now()}`.slice(0, 14);
  const identities = [
    { namespace: 'email', value: mail },
    { namespace: 'phone', value: phone },
  ];
  const { body } = await shop.visitor().interact({ events: [viewed('p1', { identities })] });
  expect(body).toMatchObject({ accepted: 1, visitor: { state: 'anonymous' } });
  await settled(async () => {
    const { graph } = await find('email', mail);
    expect(graph.identities.map(({ namespace, trust }) => [namespace, trust])).toEqual([
      ['device', 'anonymous'],
      ['email', 'claimed'],
    ]);
    expect(graph.links).toMatchObject([{ verifiedAt: null, claimedAt: { source: 'web' } }]);
  });
  expect((await find('phone', phone)).status).toBe(404);
});

it('never takes a device from whoever proved to be there', async () => {
  const [ada, mail] = [unique('ada'), `${unique('m')}@shop.example`];
  await shop.server({
    events: [
      event(
        'identity.linked',
        {},
        {
          identities: [
            { namespace: 'customer', value: unique('ben') },
            { namespace: 'email', value: mail },
          ],
        },
      ),
    ],
  });
  const visitor = shop.visitor();
  await visitor.interact({ events: [viewed()] });
  await visitor.interact({ proof: await shop.prove(ada), events: [event('signed.in')] });
  await visitor.interact({ events: [viewed('p2', { identities: [{ namespace: 'email', value: mail }] })] });
  await settled(async () => {
    const { graph } = await find('customer', ada);
    const owned = graph.identities.filter(({ state }) => state === 'owned').map(({ namespace }) => namespace);
    expect(owned.sort()).toEqual(['customer', 'device']);
  });
  expect((await find('email', mail)).graph.identities.map(({ namespace }) => namespace).sort()).toEqual([
    'customer',
    'email',
  ]);
});
