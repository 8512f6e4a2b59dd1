import { afterAll, beforeAll, expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { codes, event, order, type Shop, startShop, unique, type Visitor, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, 60_000);
afterAll(() => shop.stop());

const customer = (value: string) => ({ namespace: 'customer', value });
interface Graph {
  readonly profile: string;
  readonly identities: readonly {
    readonly namespace: string;
    readonly value: string;
    readonly events: number;
    readonly claims: readonly object[];
  }[];
}
const operator = async <T>(path: string): Promise<{ readonly status: number; readonly body: T }> =>
  (await shop.send(`/v1/admin/people${path}`, {
    method: 'GET',
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
  })) as unknown as { readonly status: number; readonly body: T };
const personOf = async (value: string) => (await operator<Graph>(`?namespace=customer&value=${value}`)).body;

async function signIn(
  who: string,
): Promise<{ readonly visitor: Visitor; readonly answer: Awaited<ReturnType<Visitor['interact']>> }> {
  const visitor = shop.visitor();
  await visitor.interact({ events: [viewed()] });
  const answer = await visitor.interact({
    proof: await shop.prove(who),
    events: [event('signed.in'), viewed('p2', { identities: [customer(who)] })],
    placements: ['member'],
  });
  return { visitor, answer };
}

it('an id that more devices sign in to than people have is put into quarantine, and the neighbours do not notice', async () => {
  const shared = unique('kiosk');
  const neighbour = unique('neighbour');
  const most = limit('devicesPerIdentityDay');
  const first = await signIn(shared);
  for (let i = 1; i < most; i++) {
    const { answer } = await signIn(shared);
    expect([answer.body.visitor.state, answer.body.visitor.quarantine]).toEqual(['authenticated', undefined]);
  }
  const before = await personOf(shared);
  const { visitor, answer } = await signIn(shared);
  expect(answer.status).toBe(200);
  const { quarantine, state } = answer.body.visitor;
  expect([quarantine?.reason, state]).toEqual(['tooManyDevices', 'anonymous']);
  expect(Date.parse(quarantine?.until ?? '') - Date.now()).toBeGreaterThan(limit('quarantineMs') - 60_000);
  expect(answer.body).toMatchObject({ accepted: 2, refused: [], propositions: [{ reason: 'noneEligible' }] });

  // Stored with the device, which is nobody's; the id is only a claim there.
  const { profile } = (await shop.decide({ visitor: visitor.token, include: ['profile'] })).body;
  const device = profile?.identities.find(({ namespace }) => namespace === 'device');
  const alone = (await operator<Graph>(`?namespace=device&value=${device?.value}`)).body;
  expect(alone.identities).toMatchObject([{ namespace: 'device', events: 3, claims: [customer(shared)] }]);
  expect(alone.profile).not.toBe(before.profile);
  expect((await personOf(shared)).identities).toHaveLength(before.identities.length);

  // Said by a server, about nobody else: refused, and stored nowhere.
  const named = await shop.server({ events: [{ ...order(), identities: [customer(shared)] }] });
  expect([named.status, named.body.accepted, codes(named)]).toEqual([200, 0, { 0: 'quarantinedIdentity' }]);
  expect(named.body.refused?.[0]?.detail).toMatch(/tooManyDevices/);

  // Somebody else in the same batch, a device that had signed in before, and the next person.
  const batch = await shop.server({
    events: [shared, neighbour].map((value) => ({ ...order(), identities: [customer(value)] })),
  });
  expect([batch.body.accepted, codes(batch)]).toEqual([1, { 0: 'quarantinedIdentity' }]);
  expect((await first.visitor.interact({ events: [viewed()] })).body).toMatchObject({ accepted: 1, refused: [] });
  expect((await signIn(neighbour)).answer.body.visitor).toMatchObject({ state: 'authenticated' });
  expect((await shop.decide({ identity: customer(neighbour), include: ['profile'] })).body.profile?.events).toBe(4);

  // Operators see it, by the opaque id and never by name.
  const alarms = await operator<{
    readonly quarantined: readonly { readonly profile: string; readonly detail: string }[];
  }>('/alarms');
  expect(alarms.body.quarantined).toMatchObject([
    { namespace: 'customer', profile: before.profile, detail: 'tooManyDevices' },
  ]);
  expect(JSON.stringify(alarms.body)).not.toContain(shared);
});

it('an id that a server names beside more people than share one links no more of them', async () => {
  const mail = { namespace: 'email', value: `${unique('desk')}@shop.example` };
  const most = limit('devicesPerIdentityDay');
  const together = async (who: string) => (await personOf(who)).identities.map(({ namespace }) => namespace).sort();
  const people = Array.from({ length: most + 2 }, () => unique('guest'));
  for (const [place, who] of people.entries()) {
    const answer = await shop.server({ events: [{ ...order(), identities: [customer(who), mail] }] });
    expect(answer.body).toMatchObject({ accepted: 1, refused: [] });
    // Each takes it from the one before: who is asked for next must find it at rest.
    if (place < most) await expect.poll(() => together(who), { timeout: 15_000 }).toEqual(['customer', 'email']);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const who of people.slice(most)) expect(await together(who)).toEqual(['customer']);
  expect(await together(people[most - 1] ?? '')).toEqual(['customer', 'email']);
  const { quarantined } = (
    await operator<{ readonly quarantined: readonly { readonly namespace: string }[] }>('/alarms')
  ).body;
  expect(quarantined.map(({ namespace }) => namespace)).toContain('email');
});

it('operators are told of a device that too many people own in a day, and of profiles that claim one id', async () => {
  const shared = shop.visitor();
  await shared.interact({ events: [viewed()] });
  for (let i = 0; i <= limit('ownersPerDeviceDay'); i++) {
    const signedIn = await shared.interact({ proof: await shop.prove(unique('owner')), events: [event('signed.in')] });
    expect(signedIn.body.visitor.state).toBe('authenticated');
  }
  const alarms = async () =>
    (await operator<{ readonly sharedDevices: readonly object[] }>('/alarms')).body.sharedDevices;
  const told = expect.objectContaining({ namespace: 'device', detail: String(limit('ownersPerDeviceDay') + 1) });
  await expect.poll(alarms, { timeout: 15_000 }).toContainEqual(told);

  const claimed = { namespace: 'email', value: `${unique('twice')}@shop.example` };
  for (const visitor of [shop.visitor(), shop.visitor()])
    await visitor.interact({ events: [viewed('p1', { identities: [claimed] })] });
  // They are noted when the visits are drained.
  const duplicates = async () =>
    (
      await operator<{
        readonly items: readonly { readonly namespace: string; readonly profiles: readonly string[] }[];
      }>('/duplicates')
    ).body.items.filter(({ namespace }) => namespace === 'email');
  await expect
    .poll(duplicates, { timeout: 45_000, interval: 500 })
    .toMatchObject([{ profiles: [expect.stringMatching(/^prf_/), expect.stringMatching(/^prf_/)] }]);
});
