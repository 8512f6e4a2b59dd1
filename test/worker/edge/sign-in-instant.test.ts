import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DrivenShop, type DrivenVisitor, startDriven } from '../../support/driven-shop.ts';
import { unique } from '../../support/platform.ts';

/** The clock stands still: what one request does, it does at one instant, and a page's clock may well say the same. */
const START = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const ORIGIN = 'http://shop.test';
const KEY = 'wk_main.webkey1234';
const SECRET = randomBytes(32).toString('base64url');
const HALF_AN_HOUR = 31 * 60_000;

let shop: DrivenShop;
beforeAll(async () => {
  shop = await startDriven(START);
  await shop.operator('PUT', 'sources/web', {
    name: 'Web',
    writeKeys: [KEY],
    allowedOrigins: [ORIGIN],
    defaultConsent: { analytics: 'in', personalization: 'in' },
    proofKeys: [{ kid: 'shop-1', alg: 'HS256', secret: SECRET }],
  });
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

type Sent = ReturnType<DrivenShop['event']>;
const prove = (who: string) => shop.prove(SECRET, 'shop-1', 'web', who);
const signIn = async (visitor: DrivenVisitor, who: string, events: readonly Sent[], more: object = {}) =>
  visitor.interact({ proof: await prove(who), events, ...more });
const ownedBy = async (who: string): Promise<readonly string[]> => {
  const { events } = await shop.operator<{ readonly events: readonly { readonly id: string }[] }>(
    'GET',
    `people/export?namespace=customer&value=${who}`,
  );
  return events.map(({ id }) => id);
};

/** Ada was there; then `types` happen, Ben signs in, and something more happens, all at one instant. Whose each of them is. */
async function play(inOne: boolean, isLongAgo: boolean, types: readonly string[]): Promise<readonly string[]> {
  const [ada, ben] = [unique('ada'), unique('ben')];
  const visitor = shop.visitor({ key: KEY, origin: ORIGIN });
  await signIn(visitor, ada, [shop.event('signed.in')]);
  await shop.jump(shop.now() + (isLongAgo ? HALF_AN_HOUR : 60_000));
  const tracked = (type: string) => shop.event(type, type === 'product.viewed' ? { productId: 'p' } : {});
  const before = types.map(tracked);
  const after = ['signed.in', 'product.viewed'].map(tracked);
  if (inOne) {
    const { body } = await signIn(visitor, ben, [...before, ...after], { proofFrom: after[0]?.id });
    expect(body).toMatchObject({ accepted: before.length + 2, refused: [], visitor: { state: 'authenticated' } });
  } else {
    await visitor.interact({ events: before });
    await shop.jump(shop.now() + 40);
    await signIn(visitor, ben, after);
  }
  // Whatever is still under way between the two of them comes to its end.
  await shop.advance(shop.now() + 60_000);
  const [hers, his] = [await ownedBy(ada), await ownedBy(ben)];
  return [...before, ...after].map(({ id }) => {
    const owners = [hers.includes(id) && 'ada', his.includes(id) && 'ben'].filter(Boolean);
    return owners.join(' and ') || 'nobody';
  });
}

const LEFT = ['product.viewed', 'signed.out', 'product.viewed'];

it.each<[string, 'stay' | 'follow-device', boolean, readonly string[]]>([
  ['in her session', 'stay', false, ['product.viewed', 'product.viewed']],
  ['long after her session', 'stay', true, ['product.viewed', 'product.viewed']],
  ['as she signs out', 'stay', false, LEFT],
  ['in her session', 'follow-device', false, ['product.viewed', 'product.viewed']],
  ['long after her session', 'follow-device', true, ['product.viewed', 'product.viewed']],
  ['as she signs out', 'follow-device', false, LEFT],
])(
  'somebody else signs in %s, with history that may %s: each event is whose it is in two requests',
  async (...told) => {
    const [, anonymousHistory, isLongAgo, types] = told;
    await shop.operator('PUT', 'settings/identity', { policy: { anonymousHistory } });
    await shop.publish();
    const owners = await play(true, isLongAgo, types);
    expect(owners).toEqual(await play(false, isLongAgo, types));
    expect(owners.slice(-2)).toEqual(['ben', 'ben']);
    if (anonymousHistory === 'stay' && !isLongAgo) expect(owners[0]).toBe('ada');
  },
);
