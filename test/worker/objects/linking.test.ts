import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackStitch } from '../../../core/interaction/packed-stitch.ts';
import { unpackStrand } from '../../../core/interaction/packed-strand.ts';
import { countsHere } from '../../../core/profile/strand.ts';
import { type Seeded, seedDemo } from '../../../db/seed/seed.ts';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';

/** Profiles that link, on real objects: the clock is the test's, and an object may be thrown out of memory in the middle. */
const ORIGIN = 'http://shop.test';
const NOON = Date.UTC(2030, 2, 4, 12);
const MINUTE = 60_000;

let shop: DrivenShop;
let seeded: Seeded;
beforeAll(async () => {
  shop = await startDriven(NOON);
  seeded = await seedDemo({
    endpoint: shop.platform.url,
    operatorToken: shop.platform.secrets.operatorToken,
    shopOrigins: [ORIGIN],
    nowMs: NOON,
    wait: () => shop.jump(shop.now() + 15_000),
  });
}, 60_000);
afterAll(() => shop?.stop());

/** What every profile object has stored, read past the product. */
async function stored() {
  const found = [];
  for (const id of await shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const storage = await shop.platform.miniflare.unsafeGetDurableObjectStorage('selvedge', 'ProfileObject', { id });
    const tables = await storage.exec("SELECT name FROM sqlite_master WHERE name = 'state'");
    if (tables.length === 0) continue;
    const rows = await storage.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM state ORDER BY page');
    const bytes = Buffer.concat(rows.map((row) => Buffer.from(new Uint8Array(row.bytes))));
    if (bytes.length === 0) continue;
    const head = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(4)).toString());
    const strands = (head.strands as Parameters<typeof unpackStrand>[0][]).map(unpackStrand);
    const facts = await storage.exec<{ id: string; strand: number }>('SELECT id, strand FROM fact');
    found.push({ profile: head.profile as string, strands, stitch: unpackStitch(head.stitch, strands), facts });
  }
  return found;
}

/** Live profiles of each event. */
async function placesOf(): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, string[]>();
  for (const { profile, strands, facts } of await stored()) {
    for (const { id, strand } of facts) {
      const held = strands[strand];
      if (held && countsHere(held)) places.set(id, [...(places.get(id) ?? []), profile]);
    }
  }
  return places;
}

async function expectRest(): Promise<void> {
  for (const { profile, strands, stitch } of await stored()) {
    expect([profile, stitch.lock, stitch.operations, stitch.intents]).toEqual([profile, null, {}, {}]);
    expect(strands.filter(({ state }) => state === 'incoming')).toEqual([]);
  }
}

let serial = 0;
const name = (prefix: string) => `${prefix}-${++serial}`;
const viewed = (productId = 'me-1') =>
  shop.event('product.viewed', { productId, category: 'men', price: 95, currency: 'EUR' });
const visitor = () => shop.visitor({ key: seeded.writeKey, origin: ORIGIN });
const prove = (customer: string) => shop.prove(seeded.proofSecret, seeded.proofKid, 'web-shop', customer);
const fresh = () => ({ ...viewed(), id: name('linking-event-of-its-own') });
const server = (body: object) =>
  shop.send('/v1/collect', { headers: { authorization: `Bearer ${seeded.serverKey}` }, body });
const know = async (identity: { readonly namespace: string; readonly value: string }) => {
  const headers = { authorization: `Bearer ${seeded.serverKey}` };
  const answer = await shop.send('/v1/decide', { headers, body: { identity, include: ['profile', 'recent'] } });
  return answer.body.profile;
};

describe('a login', () => {
  it('is answered for the whole person: the device with its history is hers when the answer comes', async () => {
    const who = name('whole');
    const device = visitor();
    const before = [fresh(), fresh(), fresh()];
    await device.interact({ events: before });
    const event = fresh();
    const answer = await device.interact({ events: [event], proof: await prove(who) });
    expect([answer.body.accepted, answer.body.visitor.state]).toEqual([1, 'authenticated']);
    await shop.advance(shop.now() + MINUTE);
    await expectRest();
    const places = await placesOf();
    const ids = [...before, event].map(({ id }) => id);
    expect(new Set(ids.map((id) => places.get(id)?.length))).toEqual(new Set([1]));
    expect(new Set(ids.flatMap((id) => places.get(id) ?? [])).size).toBe(1);
    expect((await know({ namespace: 'customer', value: who }))?.events).toBe(4);
  });

  it('of two people on one device leaves to each what they did, also in what the device sends again', async () => {
    const [anna, ben] = [name('anna'), name('ben')];
    const device = visitor();
    const [alone, hers, between, his] = [fresh(), fresh(), fresh(), fresh()];
    await device.interact({ events: [alone] });
    await device.interact({ events: [hers], proof: await prove(anna) });
    const goodbye = { ...shop.event('signed.out'), id: name('linking-goodbye') };
    const left = await device.interact({ events: [goodbye, between] });
    expect([left.body.accepted, left.body.visitor.state]).toEqual([2, 'loggedOut']);
    const again = await device.interact({ events: [alone, hers, between] });
    expect([again.body.accepted, again.body.duplicates.toSorted()]).toEqual([
      0,
      [alone.id, hers.id, between.id].toSorted(),
    ]);
    await device.interact({ events: [his], proof: await prove(ben) });
    await shop.advance(shop.now() + MINUTE);
    await expectRest();
    const places = await placesOf();
    for (const { id } of [alone, hers, goodbye, between, his]) expect([id, places.get(id)?.length]).toEqual([id, 1]);
    expect(places.get(alone.id)).toEqual(places.get(hers.id));
    expect(places.get(goodbye.id)).toEqual(places.get(hers.id));
    expect(places.get(between.id)).toEqual(places.get(his.id));
    expect(places.get(his.id)).not.toEqual(places.get(hers.id));
    expect((await know({ namespace: 'customer', value: anna }))?.events).toBe(3);
    expect((await know({ namespace: 'customer', value: ben }))?.events).toBe(2);
  });

  it('is there after the object has slept: links, epochs and the session', async () => {
    const who = name('sleeper');
    const device = visitor();
    const events = [fresh(), fresh()];
    await device.interact({ events });
    await device.interact({ events: [], proof: await prove(who) });
    await shop.advance(shop.now() + MINUTE);
    await shop.evict();
    const answer = await device.interact({ events: [fresh()] });
    expect(answer.body).toMatchObject({ accepted: 1, visitor: { state: 'authenticated' } });
    const at = (await placesOf()).get(events[0]?.id ?? '')?.[0];
    const held = (await stored()).find(({ profile }) => profile === at);
    expect(held?.stitch).toMatchObject({ state: 'live', merges: 1, links: [{ claimedAt: null }] });
    expect(held?.strands.map(({ identity, state, epoch }) => [identity.namespace, state, epoch])).toEqual([
      ['customer', 'owned', 1],
      ['device', 'owned', 2],
    ]);
  });
});

describe('a server that names several ids of a person', () => {
  it('joins customer, e-mail and loyalty card, whichever was known before', async () => {
    const who = name('joined');
    const [customer, email, loyalty] = [
      { namespace: 'customer', value: who },
      { namespace: 'email', value: `${who}@example.com` },
      { namespace: 'loyalty', value: `card-${who}` },
    ];
    const order = (identities: readonly object[]) => ({
      ...shop.event('order.placed', {
        orderId: name('o'),
        total: 10,
        currency: 'EUR',
        items: [{ productId: 'me-1', quantity: 1 }],
      }),
      id: name('linking-order'),
      identities,
    });
    const first = await server({ events: [order([loyalty])] });
    expect(first.body.accepted).toBe(1);
    await server({ events: [order([customer, email])] });
    await server({ events: [order([customer, loyalty])] });
    await shop.advance(shop.now() + 2 * MINUTE);
    await expectRest();
    for (const identity of [customer, email, loyalty]) expect((await know(identity))?.events).toBe(3);
    const { identities } = (await know(email)) ?? {};
    expect(identities?.map(({ namespace }) => namespace).toSorted()).toEqual(['customer', 'email', 'loyalty']);
  });
});

describe('objects that die in the middle of a login', () => {
  it('lose and double nothing: the alarm finishes it, although nobody comes back', async () => {
    const sent: { readonly id: string }[] = [];
    for (const delay of [0, 2, 4, 6, 9, 12, 16, 20]) {
      const device = visitor();
      const history = [fresh(), fresh()];
      await device.interact({ events: history });
      const event = fresh();
      const login = device.interact({ events: [event], proof: await prove(name('crash')) });
      await new Promise((resolve) => setTimeout(resolve, delay));
      await shop.evict();
      const answer = await login;
      sent.push(...history, ...(answer.body.accepted === 1 ? [event] : []));
    }
    await shop.advance(shop.now() + 5 * MINUTE);
    await expectRest();
    const places = await placesOf();
    for (const { id } of sent) expect([id, places.get(id)?.length]).toEqual([id, 1]);
    for (const [id, at] of places) expect([id, at.length]).toEqual([id, 1]);
  }, 60_000);
});
