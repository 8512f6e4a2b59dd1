import { afterAll, beforeAll, expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { type DrivenShop, type DrivenVisitor, startDriven } from '../../support/driven-shop.ts';
import { chosen, unique } from '../../support/platform.ts';

/** The clock stands still, so everything that is sent comes within one second. */
const START = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const ORIGIN = 'http://shop.test';
const KEY = 'wk_main.webkey1234';
const SIDE_BY_SIDE = 24;

let shop: DrivenShop;
let serverKey: string;
beforeAll(async () => {
  shop = await startDriven(START);
  await shop.operator('PUT', 'sources/web', {
    name: 'Web',
    writeKeys: [KEY],
    allowedOrigins: [ORIGIN],
    defaultConsent: { analytics: 'in', personalization: 'in' },
  });
  await shop.operator('PUT', 'placements/hero', { name: 'Hero', kind: 'html', fallback: '<i>hero</i>' });
  await shop.operator('PUT', 'offers/for-all', { name: 'For all', placements: ['hero'], content: '<p>all</p>' });
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

const view = () => shop.event('product.viewed', { productId: 'p1' });
const visit = (visitor: DrivenVisitor) => visitor.interact({ events: [view()], placements: ['hero'] });
const collect = (visitor: DrivenVisitor, events: readonly object[]) =>
  shop.send(`/v1/collect?key=${KEY}`, {
    headers: { origin: ORIGIN, cookie: `__Host-sv=${visitor.token}` },
    body: { events },
  });
async function newVisitor(): Promise<DrivenVisitor> {
  const visitor = shop.visitor({ key: KEY, origin: ORIGIN });
  await visit(visitor);
  expect(visitor.token).not.toBe('');
  return visitor;
}

/** So many at once, a few side by side. */
async function flood<T>(times: number, one: () => Promise<T>): Promise<readonly T[]> {
  const answers: T[] = [];
  let begun = 0;
  const lane = async () => {
    while (begun++ < times) answers.push(await one());
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  return answers;
}

it('a visitor who comes more often than any person gets fallbacks, and the neighbours do not notice', async () => {
  const [hot, neighbour] = [await newVisitor(), await newVisitor()];
  const most = limit('profileCallsPerSecond');
  // One was for the visit that made them.
  const [answers, others] = await Promise.all([
    flood(most + 60, () => visit(hot)),
    (async () => {
      const seen = [];
      for (let i = 0; i < 40; i++) seen.push(await visit(neighbour));
      return seen;
    })(),
  ]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const shed = answers.filter(({ body }) => body.degraded);
  expect([answers.length - shed.length, shed.length]).toEqual([most - 1, 61]);
  for (const answer of shed) {
    expect(answer.body).toMatchObject({ accepted: 0, refused: [{ index: 0, code: 'unavailable' }] });
    expect(chosen(answer)).toEqual({ hero: 'degraded' });
    expect(answer.body.propositions[0]?.content).toBe('<i>hero</i>');
  }
  for (const { status, body } of others) {
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1, refused: [], propositions: [{ offer: 'for-all' }] });
    expect(body.degraded).toBeUndefined();
  }

  // Nothing was stored and nothing is shown: the sender is told to wait.
  const events = [view(), view()];
  const told = await collect(hot, events);
  expect([told.status, told.problem]).toEqual([429, 'limited']);
  expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(told.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect((await collect(neighbour, [view()])).body).toMatchObject({ accepted: 1 });
  const asked = await shop.send('/v1/decide', {
    headers: { authorization: `Bearer ${serverKey}` },
    body: { visitor: hot.token, placements: ['hero'] },
  });
  expect([asked.status, asked.body.degraded, chosen(asked)]).toEqual([200, true, { hero: 'degraded' }]);

  // A second later everything is as it was: what had been turned away is stored now, once.
  await shop.jump(shop.now() + 1000);
  expect((await collect(hot, events)).body).toMatchObject({ accepted: 2, duplicates: [], refused: [] });
  expect((await visit(hot)).body).toMatchObject({ accepted: 1, propositions: [{ offer: 'for-all' }] });
}, 120_000);

it('a server batch stores what can be stored, and asks for the rest again', async () => {
  const [hot, calm] = [unique('hot'), unique('calm')];
  const about = (value: string) => ({ ...view(), identities: [{ namespace: 'customer', value }] });
  const headers = { authorization: `Bearer ${serverKey}` };
  const tell = (...events: readonly object[]) => shop.send('/v1/collect', { headers, body: { events } });
  const visitor = await newVisitor();
  const joined = await shop.send('/v1/interact', { headers, body: { visitor: visitor.token, events: [about(hot)] } });
  visitor.token = joined.body.visitor?.token ?? visitor.token;
  await shop.jump(shop.now() + 1000);
  expect((await tell(about(hot))).body).toMatchObject({ accepted: 1 });
  await flood(limit('profileCallsPerSecond'), () => visit(visitor));

  const batch = await tell(about(hot), about(calm), about(hot));
  expect([batch.status, batch.body.accepted]).toEqual([200, 1]);
  expect(batch.body.refused?.map(({ index, code }) => [index, code])).toEqual([
    [0, 'unavailable'],
    [2, 'unavailable'],
  ]);
  const alone = await tell(about(hot));
  expect([alone.status, alone.problem]).toEqual([429, 'limited']);
  await shop.jump(shop.now() + 1000);
  expect((await tell(about(hot))).body).toMatchObject({ accepted: 1 });
}, 120_000);
