import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import { DEMO_SEGMENTS } from '../../../db/seed/demo-rules.ts';
import { type Seeded, seedDemo } from '../../../db/seed/seed.ts';
import type { DrivenShop, DrivenVisitor } from '../../support/driven-shop.ts';
import { startDriven } from '../../support/driven-shop.ts';
import { chosen } from '../../support/platform.ts';

/** The case that the specification of segments asks to keep in mind, with the segments of the demo. */
const ORIGIN = 'http://shop.test';
const MONDAY = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const DAY = 86_400_000;
const GIFT = 'gift-cart-abandoner';
const PLACEMENTS = ['hero', 'offer-strip', 'gift-wrap'];
/** A queue delivers when it likes. */
const PATIENCE = { timeout: 20_000 };
const iso = (at: number) => new Date(at).toISOString();
const hourOf = (at: number) => iso(at).slice(0, 13);

let shop: DrivenShop;
let seeded: Seeded;
beforeAll(async () => {
  shop = await startDriven(MONDAY);
  seeded = await seedDemo({
    endpoint: shop.platform.url,
    operatorToken: shop.platform.secrets.operatorToken,
    shopOrigins: [ORIGIN],
    nowMs: MONDAY,
    wait: () => shop.jump(shop.now() + 15_000),
  });
}, 60_000);
afterAll(() => shop.stop());

const page = (path: string, pageType: string) => ({ url: `${ORIGIN}${path}`, pageType });
const thing = (productId: string, category: string, size: string, price: number) => ({
  productId,
  category,
  size,
  price,
  currency: 'EUR',
  quantity: 1,
});
const sweater = thing('me-1', 'men', 'L', 95);

/** Two seconds pass, then this happens. */
async function does(visitor: DrivenVisitor, type: string, data: object = {}, more: object = {}) {
  await shop.jump(shop.now() + 2000);
  const answer = await visitor.interact({ events: [shop.event(type, data)], placements: PLACEMENTS, ...more });
  expect(answer.body.refused).toEqual([]);
  return answer;
}

/** Signs in on a device of their own and puts something into the cart that is for somebody else. Returns when that was. */
async function fillsCart(customer: string, present: ReturnType<typeof thing>) {
  const visitor = shop.visitor({ key: seeded.writeKey, origin: ORIGIN });
  await does(visitor, 'page.viewed', page('/', 'home'));
  const proof = await shop.prove(seeded.proofSecret, seeded.proofKid, 'web-shop', customer);
  const signedIn = await does(visitor, 'signed.in', {}, { proof });
  expect(signedIn.body.visitor.state).toBe('authenticated');
  const home = await does(visitor, 'page.viewed', page('/', 'home'));
  await does(visitor, 'cart.added', present);
  const addedAt = shop.now();
  const cart = await does(visitor, 'page.viewed', page('/cart', 'cart'));
  expect(chosen(cart)['offer-strip']).not.toBe('strip-gift-wrap');
  return { visitor, home, addedAt };
}

const server = { headers: () => ({ authorization: `Bearer ${seeded.serverKey}` }) };
async function knows(customer: string): Promise<DecideResponse> {
  const body = { identity: { namespace: 'customer', value: customer }, placements: PLACEMENTS };
  return (await shop.send('/v1/decide', { headers: server.headers(), body })).body as unknown as DecideResponse;
}
const explain = (customer: string) =>
  shop.operator<{
    readonly member: boolean;
    readonly since: string;
    readonly cause: string;
    readonly nextChange: string;
  }>('GET', `profiles/explain?namespace=customer&value=${customer}&segment=${GIFT}`);
const total = async (member: 'entered' | 'exited') =>
  (await shop.rollup(GIFT)).reduce((sum, row) => sum + row[member], 0);

describe('a gift in the cart of somebody who always buys women’s wear in S', () => {
  it('is known in the very response to the page after the cart, gets free wrapping, and ends in the response to the purchase', async () => {
    const { visitor, home } = await fillsCart('cus-sarah', sweater);
    expect(chosen(home).hero).toBe('hero-yours-women');
    const left = await does(visitor, 'page.viewed', page('/', 'home'));
    expect(left.body.memberships).toContainEqual({ segment: GIFT, status: 'entered', since: iso(shop.now()) });
    expect(chosen(left)).toEqual({
      hero: 'hero-yours-women',
      'offer-strip': 'strip-gift-wrap',
      'gift-wrap': 'free-gift-wrap',
    });

    // Money comes from the shop's server, on the visitor's behalf.
    await shop.jump(shop.now() + 2000);
    const order = { orderId: 'o-1', currency: 'EUR', total: 95, giftWrap: true, items: [sweater] };
    const bought = await shop.send('/v1/interact', {
      headers: server.headers(),
      body: { visitor: visitor.token, events: [shop.event('order.placed', order)], placements: PLACEMENTS },
    });
    expect(bought.body).toMatchObject({ accepted: 1, refused: [] });
    expect(bought.body.memberships).toContainEqual({ segment: GIFT, status: 'exited', since: iso(shop.now()) });
    expect(chosen(bought)).toMatchObject({ 'offer-strip': 'noneEligible', 'gift-wrap': 'noneEligible' });
    // What was wrapped as a gift says nothing about her.
    expect(chosen(bought).hero).toBe('hero-yours-women');
    expect(chosen(await does(visitor, 'page.viewed', page('/', 'home'))).hero).toBe('hero-yours-women');
  });

  it('ends by itself when she does nothing: at the exact instant, seen by whoever observes it', async () => {
    const { visitor, addedAt } = await fillsCart('cus-yuna', thing('me-2', 'men', 'L', 80));
    await does(visitor, 'page.viewed', page('/', 'home'));
    const enteredAt = shop.now();
    const ends = addedAt + 7 * DAY + 1;
    expect(await explain('cus-yuna')).toMatchObject({
      member: true,
      since: iso(enteredAt),
      cause: 'event',
      nextChange: iso(ends),
    });
    await shop.advance(ends - 1);
    await expect.poll(() => total('entered'), PATIENCE).toBe(2);
    expect(await total('exited')).toBe(1);
    expect(await explain('cus-yuna')).toMatchObject({ member: true, since: iso(enteredAt), cause: 'event' });

    const rung = await shop.advance(ends);
    expect(rung.map(({ at }) => at)).toEqual([ends]);
    await expect.poll(() => total('exited'), PATIENCE).toBe(2);
    expect(await shop.rollup(GIFT)).toContainEqual({ hour: hourOf(ends), entered: 0, exited: 1 });
    await shop.advance(ends + 30 * DAY);
    expect(await explain('cus-yuna')).toMatchObject({ member: false, since: iso(ends), cause: 'time' });
    expect((await knows('cus-yuna')).memberships).toContainEqual({ segment: GIFT, status: 'exited', since: iso(ends) });
    // What waits to be sent leaves once.
    await shop.advance(shop.now() + 60_000);
    expect(await shop.alarms()).toEqual({});
  });

  it('wakes nobody when nobody observes it, and is still dated exactly at the next touch', async () => {
    const gift = DEMO_SEGMENTS.find(({ id }) => id === GIFT);
    await shop.operator('PUT', `segments/${GIFT}`, { ...gift, observed: false });
    await shop.publish();
    const { visitor, addedAt } = await fillsCart('cus-marcus', thing('wo-1', 'women', 'S', 98));
    const left = await does(visitor, 'page.viewed', page('/', 'home'));
    expect(chosen(left)['offer-strip']).toBe('strip-gift-wrap');
    const ends = addedAt + 7 * DAY + 1;
    // What waits to be sent leaves once.
    await shop.advance(shop.now() + 60_000);
    expect(await shop.alarms()).toEqual({});
    expect(await shop.advance(ends + 3 * DAY)).toEqual([]);
    const back = await does(visitor, 'page.viewed', page('/', 'home'));
    expect(back.body.memberships).toContainEqual({ segment: GIFT, status: 'exited', since: iso(ends) });
    expect(chosen(back)['offer-strip']).not.toBe('strip-gift-wrap');
    expect(await explain('cus-marcus')).toMatchObject({ member: false, since: iso(ends), cause: 'time' });
  });
});
