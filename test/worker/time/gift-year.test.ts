import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Seeded, seedDemo } from '../../../db/seed/seed.ts';
import { type DrivenShop, type DrivenVisitor, startDriven } from '../../support/driven-shop.ts';
import { chosen } from '../../support/platform.ts';

/** What the demo does the next day and a year after a gift, to the millisecond. */
const ORIGIN = 'http://shop.test';
const MONDAY = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** The shop's days begin in Berlin. */
const DAY_OF_THE_GIFT = Date.UTC(2031, 2, 3, 23);
const REMINDER = 'gift-reminder';
const PLACEMENTS = ['hero', 'offer-strip', 'greeting', 'gift-message', 'spotlight', 'gift-wrap'];
/** A queue delivers when it likes. */
const PATIENCE = { timeout: 20_000 };
const iso = (at: number) => new Date(at).toISOString();

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

const newVisitor = () => shop.visitor({ key: seeded.writeKey, origin: ORIGIN });
/** Two seconds pass, then this happens. */
async function does(visitor: DrivenVisitor, type: string, data: object = {}, more: object = {}) {
  await shop.jump(shop.now() + 2000);
  const answer = await visitor.interact({ events: [shop.event(type, data)], placements: PLACEMENTS, ...more });
  expect(answer.body.refused).toEqual([]);
  return answer;
}
const opens = (visitor: DrivenVisitor) => does(visitor, 'page.viewed', { url: `${ORIGIN}/`, pageType: 'home' });
const looksAt = (visitor: DrivenVisitor, productId: string, category: string) =>
  does(visitor, 'product.viewed', { productId, category });
async function signsIn(visitor: DrivenVisitor, customer: string) {
  const proof = await shop.prove(seeded.proofSecret, seeded.proofKid, 'web-shop', customer);
  return does(visitor, 'signed.in', {}, { proof });
}
async function buys(visitor: DrivenVisitor, productId: string, category: string, more: object) {
  await shop.jump(shop.now() + 2000);
  const items = [{ productId, category, size: 'L', price: 79, currency: 'EUR', quantity: 1 }];
  const order = { orderId: `o-${productId}`, currency: 'EUR', total: 79, items, ...more };
  return shop.send('/v1/interact', {
    headers: { authorization: `Bearer ${seeded.serverKey}` },
    body: { visitor: visitor.token, events: [shop.event('order.placed', order)], placements: PLACEMENTS },
  });
}
const contentOf = (answer: Awaited<ReturnType<typeof does>>, placement: string) =>
  String(answer.body.propositions.find((one) => one.placement === placement)?.content);
const total = async (member: 'entered' | 'exited') =>
  (await shop.rollup(REMINDER)).reduce((sum, row) => sum + row[member], 0);

describe('a year of Sarah', () => {
  let phone: DrivenVisitor;

  it('is greeted with her points, and by nothing personal half an hour after she did anything', async () => {
    phone = newVisitor();
    await opens(phone);
    await looksAt(phone, 'sw-1', 'men-running');
    const signedIn = await signsIn(phone, 'cus-sarah');
    expect(chosen(signedIn)).toMatchObject({
      greeting: 'greeting-bronze',
      hero: 'hero-men-running',
      spotlight: 'spot-sw-1',
    });
    expect(contentOf(signedIn, 'greeting')).toMatch(/bronze member.*380 points.*120 more and you are Silver/);

    await shop.advance(shop.now() + 30 * MINUTE + 1);
    const later = await opens(phone);
    expect(later.body.visitor.state).toBe('recognised');
    expect(chosen(later)).toMatchObject({ greeting: 'greeting-recognised', hero: 'hero-men-running' });
    expect(JSON.stringify(later.body.propositions)).not.toMatch(/380|Sarah/);
  });

  it('the hero leans to what is latest: what was looked at three days ago is worth half', async () => {
    for (const id of ['sw-1', 'sw-2']) await looksAt(phone, id, 'men-running');
    await shop.advance(shop.now() + 6 * DAY);
    // Three views, six days old, are worth 0.75; one of now is worth 1.
    expect(chosen(await looksAt(phone, 'wr-1', 'women-running')).hero).toBe('hero-women-running');
  });

  it('a gift: what was bought is suppressed in the answer to the order, and for ever, on every device', async () => {
    await signsIn(phone, 'cus-sarah');
    const bought = await buys(phone, 'sw-1', 'men-running', { giftWrap: true, remindNextYear: true });
    expect(chosen(bought)).toMatchObject({ hero: 'hero-yours-women' });
    expect(chosen(bought).spotlight).not.toBe('spot-sw-1');
    const other = newVisitor();
    await opens(other);
    await signsIn(other, 'cus-sarah');
    // Looking at it once more does not bring it back.
    const again = await looksAt(other, 'sw-1', 'men-running');
    expect(chosen(again).spotlight).not.toBe('spot-sw-1');
  });

  it('is reminded on the day, a year later: on time, without a visit, and for that day', async () => {
    const marcus = newVisitor();
    await opens(marcus);
    await signsIn(marcus, 'cus-marcus');
    await buys(marcus, 'mr-3', 'men-running', { remindNextYear: false });
    // Both orders are of the same day: only she asked.
    const giftDay = Math.floor((shop.now() + HOUR) / DAY) * DAY - HOUR;
    const begins = DAY_OF_THE_GIFT + (giftDay - Date.UTC(2030, 2, 3, 23));
    await shop.advance(begins - 1);
    expect(await total('entered')).toBe(0);

    // The beginnings of days are spread over a minute, so that not everybody wakes at once; what is recorded is exact.
    const rung = await shop.advance(begins + MINUTE);
    expect(rung.filter(({ at }) => at >= begins)).not.toEqual([]);
    await expect.poll(() => total('entered'), PATIENCE).toBe(1);
    const explained = await shop.operator<{ readonly member: boolean; readonly since: string; readonly cause: string }>(
      'GET',
      `profiles/explain?namespace=customer&value=cus-sarah&segment=${REMINDER}`,
    );
    expect(explained).toMatchObject({ member: true, since: iso(begins), cause: 'time' });

    await shop.advance(begins + 9 * HOUR);
    expect(chosen(await opens(phone))['offer-strip']).toBe('strip-remind');
    expect(chosen(await opens(marcus))['offer-strip']).not.toBe('strip-remind');
    await shop.advance(begins + DAY + MINUTE);
    await expect.poll(() => total('exited'), PATIENCE).toBe(1);
    expect(chosen(await opens(phone))['offer-strip']).not.toBe('strip-remind');
  });
});

describe('a first visit', () => {
  it('sees the strip three times a day, and again the next day; its greeting is that of its variant', async () => {
    const visitor = newVisitor();
    let answer = await does(visitor, 'custom.visit.started', { landing: '/' });
    const greeting = answer.body.propositions.find(({ placement }) => placement === 'greeting');
    expect(greeting).toMatchObject({ offer: 'greeting-first-visit', experiment: 'first-words' });
    expect(greeting?.content).toContain(greeting?.variant === 'mended' ? 'we mend it for life' : 'We make few things');
    for (let shown = 0; shown < 3; shown++) {
      const strip = answer.body.propositions.find(({ placement }) => placement === 'offer-strip');
      expect(strip?.offer).toBe('strip-welcome');
      const seen = { proposition: strip?.id, placement: 'offer-strip', offer: 'strip-welcome' };
      answer = await does(visitor, 'proposition.displayed', seen);
    }
    expect(chosen(answer)['offer-strip']).not.toBe('strip-welcome');
    await shop.advance(shop.now() + DAY);
    expect(chosen(await opens(visitor))['offer-strip']).toBe('strip-welcome');
  });
});
