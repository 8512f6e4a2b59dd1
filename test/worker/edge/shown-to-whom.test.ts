import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, type Visitor, viewed } from '../../support/platform.ts';

/** What content shows depends on how sure it is who is there: two stories, through the HTTP doors. */
let shop: Shop;
const operator = async (method: string, path: string, body: object) => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const answer = await shop.send(`/v1/admin/${path}`, { method, headers, body });
  expect(answer.status, answer.text).toBeLessThan(300);
};
const VIEWS = 'xEvent[eventType = "product.viewed"].count()';
const measure = (more: object) => ({ name: 'Views', public: true, expression: VIEWS, ...more });

beforeAll(async () => {
  shop = await startShop();
  await operator('PUT', 'measures/views', measure({}));
  await operator('PUT', 'measures/herViews', measure({ requires: 'authenticated' }));
  for (const id of ['all-views', 'her-views', 'coupon'])
    await operator('PUT', `placements/${id}`, { name: id, kind: 'html', fallback: '<p>welcome</p>' });
  await operator('PUT', 'offers/all-views', {
    name: 'Views',
    placements: ['all-views'],
    content: '<p>{{measure.views}}</p>',
  });
  await operator('PUT', 'offers/her-views', {
    name: 'Her views',
    placements: ['her-views'],
    content: '<p>{{measure.herViews}}</p>',
  });
  await operator('PUT', 'offers/coupon', {
    name: '10 % for who comes back and is unknown',
    placements: ['coupon'],
    eligibility: `xEvent[eventType = "signed.in"].count() = 0
      and xEvent[eventType = "product.viewed" and timestamp occurs > 4 hours before now].count() >= 1`,
    content: '<p>10 % off with WELCOME10</p>',
  });
  await operator('POST', 'publish', {});
}, 90_000);
afterAll(() => shop.stop());

const signIn = async (visitor: Visitor, who: string, placements: readonly string[]) =>
  visitor.interact({ proof: await shop.prove(who), events: [event('signed.in')], placements });
type Answered = Awaited<ReturnType<Visitor['interact']>>;
const contents = ({ body }: Answered) => body.propositions.map(({ content }) => content);

describe('a measure that requires a fresh proof', () => {
  const placements = ['all-views', 'her-views'];

  it('is shown to who has it, and to nobody who is only recognised', async () => {
    const who = unique('known');
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed()] });
    expect(contents(await signIn(visitor, who, placements))).toEqual(['<p>1</p>', '<p>1</p>']);
    const ask = async (authState?: 'authenticated' | 'recognised') => {
      const identity = { namespace: 'customer', value: who };
      const { body } = await shop.decide({
        identity,
        placements,
        include: ['profile'],
        ...(authState && { authState }),
      });
      return [body.propositions.map(({ content, reason }) => [content, reason]), body.profile?.measures];
    };
    expect(await ask('authenticated')).toEqual([
      [
        ['<p>1</p>', 'eligible'],
        ['<p>1</p>', 'eligible'],
      ],
      { views: 1, herViews: 1 },
    ]);
    expect(await ask('recognised')).toEqual([
      [
        ['<p>1</p>', 'eligible'],
        ['<p>welcome</p>', 'noneEligible'],
      ],
      { views: 1 },
    ]);
  });

  it('is shown to nobody before they said who they are', async () => {
    const answer = await shop.visitor().interact({ events: [viewed()], placements });
    expect(contents(answer)).toEqual(['<p>1</p>', '<p>welcome</p>']);
  });
});

describe('the next visit of somebody unknown', () => {
  const placements = ['coupon'];
  const COUPON = ['<p>10 % off with WELCOME10</p>'];
  /** What the device kept while it was offline: of yesterday. */
  const yesterday = () => viewed('shoe', { occurredAt: new Date(Date.now() - 86_400_000).toISOString() });

  it('brings 10 % off; the first one does not', async () => {
    const visitor = shop.visitor();
    expect(contents(await visitor.interact({ events: [viewed()], placements }))).toEqual(['<p>welcome</p>']);
    await visitor.interact({ events: [yesterday()] });
    expect(contents(await visitor.interact({ placements }))).toEqual(COUPON);
  });

  it('brings none to who has said who they are, from that very request on', async () => {
    const visitor = shop.visitor();
    expect(contents(await visitor.interact({ events: [yesterday()], placements }))).toEqual(COUPON);
    expect(contents(await signIn(visitor, unique('c'), placements))).toEqual(['<p>welcome</p>']);
    expect(contents(await visitor.interact({ placements }))).toEqual(['<p>welcome</p>']);
  });
});
