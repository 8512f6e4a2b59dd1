import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrivenShop, type DrivenVisitor, startDriven } from '../../support/driven-shop.ts';
import { chosen, codes, unique } from '../../support/platform.ts';

const START = Date.UTC(2030, 2, 4, 9);
const ORIGIN = 'http://shop.test';
/** Supposes nothing. */
const STRICT = 'wk_main.strictkey1';
/** Supposes personalization. */
const EASY = 'wk_main.easykey1234';
const SECRET = randomBytes(32).toString('base64url');
const SESSION_OVER = 31 * 60_000;

let shop: DrivenShop;
beforeAll(async () => {
  shop = await startDriven(START);
  for (const [id, key, defaultConsent] of [
    ['strict', STRICT, {}],
    ['easy', EASY, { personalization: 'in', analytics: 'in' }],
  ] as const)
    await shop.operator('PUT', `sources/${id}`, {
      name: id,
      writeKeys: [key],
      allowedOrigins: [ORIGIN],
      defaultConsent,
      proofKeys: [{ kid: 'shop-1', alg: 'HS256', secret: SECRET }],
    });
  for (const [id, purpose] of [
    ['plain', 'personalization'],
    ['ads', 'advertising'],
  ] as const) {
    await shop.operator('PUT', `placements/${id}`, { name: id, kind: 'html', fallback: '<i></i>' });
    await shop.operator('PUT', `offers/${id}`, {
      name: id,
      placements: [id],
      priority: 1,
      purpose,
      requires: 'anonymous',
      content: `<b>${id}</b>`,
    });
  }
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

const historyMay = async (anonymousHistory: 'stay' | 'follow-device') => {
  await shop.operator('PUT', 'settings/identity', { policy: { anonymousHistory } });
  await shop.publish();
};
const device = (key = STRICT) => shop.visitor({ key, origin: ORIGIN });
const passes = (ms = 1_000) => shop.jump(shop.now() + ms);
const chooses = async (visitor: DrivenVisitor, consent: object, more: readonly object[] = []) => {
  await passes();
  return visitor.interact({ consent, events: [shop.event('consent.updated'), ...more], placements: ['plain', 'ads'] });
};
const signIn = async (visitor: DrivenVisitor, who: string, source = 'strict') => {
  await passes();
  const proof = await shop.prove(SECRET, 'shop-1', source, who);
  const answer = await visitor.interact({ proof, events: [shop.event('signed.in')], placements: ['plain', 'ads'] });
  await shop.advance(shop.now() + 60_000);
  return answer;
};
const sees = async (visitor: DrivenVisitor) => chosen(await visitor.interact({ placements: ['plain', 'ads'] }));
/** Choices as operators see them, by namespace of the identity that they were said through. */
const held = async (who: string) => {
  const { identities } = await shop.operator<{
    readonly identities: readonly {
      readonly namespace: string;
      readonly state: string;
      readonly consent: readonly { readonly purpose: string; readonly choice: string; readonly by: object | null }[];
    }[];
  }>('GET', `people?namespace=customer&value=${who}`);
  return identities
    .filter(({ state }) => state === 'owned')
    .flatMap(({ namespace, consent }) =>
      consent.map(({ purpose, choice, by }) => [namespace, purpose, choice, ...(by ? [by] : [])]),
    );
};
const NEITHER = { plain: 'noneEligible', ads: 'noneEligible' };

describe.each(['stay', 'follow-device'] as const)('where history may %s', (policy) => {
  beforeAll(() => historyMay(policy));

  it('a person takes back, proven, what was refused on their device', async () => {
    const who = unique('back');
    const visitor = device();
    await chooses(visitor, { personalization: 'out', analytics: 'in' });
    expect(chosen(await signIn(visitor, who))).toEqual(NEITHER);
    const yes = await chooses(visitor, { personalization: 'in' }, [shop.event('product.viewed', { productId: 'p' })]);
    expect([yes.body.accepted, codes(yes), chosen(yes)]).toEqual([2, {}, { ...NEITHER, plain: 'plain' }]);
    expect(await held(who)).toEqual(
      expect.arrayContaining([
        ['customer', 'personalization', 'in'],
        ['device', 'analytics', 'in'],
      ]),
    );
    // It is gone from the device, and no yes was left there.
    expect((await held(who)).filter(([through, purpose]) => through === 'device' && purpose !== 'analytics')).toEqual(
      [],
    );
    await shop.evict();
    expect(await sees(visitor)).toMatchObject({ plain: 'plain' });
    const no = await chooses(visitor, { personalization: 'out' });
    expect(chosen(no)).toEqual(NEITHER);
  });

  it('takes back nothing that was refused on another device, and nothing without a proof', async () => {
    const who = unique('other');
    const [phone, laptop] = [device(), device()];
    await chooses(phone, { personalization: 'out', analytics: 'in' });
    await signIn(phone, who);
    await chooses(laptop, { personalization: 'in', analytics: 'in' });
    await signIn(laptop, who);
    expect(chosen(await chooses(laptop, { personalization: 'in' }))).toEqual(NEITHER);
    await passes(SESSION_OVER);
    expect(chosen(await chooses(laptop, { personalization: 'in' }))).toEqual(NEITHER);
    await signIn(phone, who);
    expect(chosen(await chooses(phone, { personalization: 'in' }))).toEqual({ ...NEITHER, plain: 'plain' });
  });

  it('what was refused on a device binds whoever has it next, who may take it back', async () => {
    const [ada, ben] = [unique('ada'), unique('ben')];
    const visitor = device(EASY);
    expect(await sees(visitor)).toMatchObject({ plain: 'plain' });
    await chooses(visitor, { personalization: 'out' });
    await signIn(visitor, ada, 'easy');
    expect(chosen(await signIn(visitor, ben, 'easy'))).toEqual(NEITHER);
    expect(chosen(await chooses(visitor, { personalization: 'in' }))).toMatchObject({ plain: 'plain' });
    expect(await held(ada)).toContainEqual(['customer', 'personalization', 'out']);
  });

  it('a yes of somebody who was met on a device is not the next one’s', async () => {
    const [ada, ben] = [unique('ada'), unique('ben')];
    const visitor = device();
    await signIn(visitor, ada);
    await passes(SESSION_OVER);
    const yes = await chooses(visitor, { advertising: 'in' }, [shop.event('product.viewed', { productId: 'p' })]);
    expect([yes.body.visitor.state, chosen(yes)]).toEqual(['recognised', { ...NEITHER, ads: 'ads' }]);
    const by = { namespace: 'customer', value: ada };
    expect(await held(ada)).toContainEqual(['device', 'advertising', 'in', by]);
    await shop.evict();
    expect(await sees(visitor)).toMatchObject({ ads: 'ads' });
    expect(chosen(await signIn(visitor, ben))).toEqual(NEITHER);
    await passes(SESSION_OVER);
    expect(await sees(visitor)).toEqual(NEITHER);
    expect(await held(ben)).toEqual([]);
  });

  it('nor is it the yes of nobody, after they have signed out', async () => {
    const ada = unique('ada');
    const visitor = device();
    await signIn(visitor, ada);
    await passes(SESSION_OVER);
    await chooses(visitor, { advertising: 'in' });
    await visitor.interact({ events: [shop.event('signed.out')] });
    await shop.advance(shop.now() + 60_000);
    expect(await sees(visitor)).toEqual(NEITHER);
    expect(chosen(await chooses(visitor, { advertising: 'in' }))).toEqual({ ...NEITHER, ads: 'ads' });
  });
});
