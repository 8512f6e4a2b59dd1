import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';
import { unique } from '../../support/platform.ts';

/** What the setting `retention` does through the real doors, under a clock that the test drives. */
const START = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const DAY = 86_400_000;
const PATIENCE = { timeout: 20_000 };

let shop: DrivenShop;
let serverKey: string;
beforeAll(async () => {
  shop = await startDriven(START, { keep: true });
  const source = {
    name: 'Web',
    writeKeys: ['wk_main.webkey1234'],
    allowedOrigins: ['http://shop.test'],
    defaultConsent: { analytics: 'in', personalization: 'in' },
  };
  await shop.operator('PUT', 'sources/web', source);
  await shop.operator('PUT', 'measures/pages', {
    name: 'Pages',
    expression: 'xEvent[eventType = "page.viewed"].count()',
  });
  await segment('reader', 'xEvent[eventType = "page.viewed"].count() >= 1');
  await segment('buyer', 'xEvent[eventType = "order.placed"].count() >= 1');
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

const segment = (id: string, rule: string) =>
  shop.operator('PUT', `segments/${id}`, { name: id, purpose: 'personalization', public: true, observed: true, rule });
const bearer = () => ({ authorization: `Bearer ${serverKey}` });
const order = () => ({ orderId: unique('o'), total: 10, currency: 'EUR', items: [{ productId: 'p', quantity: 1 }] });
const page = { url: 'http://shop.test/', pageType: 'home' };

async function tell(person: string, ...events: readonly object[]) {
  const named = events.map((event) => ({ ...event, identities: [{ namespace: 'customer', value: person }] }));
  return (await shop.send('/v1/collect', { headers: bearer(), body: { events: named } })).body;
}
async function known(person: string): Promise<DecideResponse> {
  const body = { identity: { namespace: 'customer', value: person }, include: ['profile'] };
  return (await shop.send('/v1/decide', { headers: bearer(), body })).body as unknown as DecideResponse;
}
const exported = async (person: string) =>
  (
    await shop.operator<{ readonly events: readonly { readonly type: string }[] }>(
      'GET',
      `people/export?namespace=customer&value=${person}`,
    )
  ).events
    .map(({ type }) => type)
    .sort();
/** Everything that waits has left. */
const settle = () => shop.advance(shop.now() + 60_000);

it('a page view of 91 days ago is gone and a purchase of then is not, for export, measures, segments and rollups', async () => {
  const person = unique('p');
  // Under a ruleset from before there was such a setting.
  const first = await tell(person, shop.event('page.viewed', page), shop.event('order.placed', order()));
  expect(first).toMatchObject({ accepted: 2, refused: [] });
  await settle();
  await shop.operator('PUT', 'settings/retention', { days: { 'page.viewed': 90 } });
  await shop.publish();

  // Nothing wakes it for that: no alarm is set for what grows old.
  expect(await shop.alarms()).toEqual({});
  expect(await shop.advance(START + 91 * DAY)).toEqual([]);
  expect(await exported(person)).toEqual(['order.placed', 'page.viewed']);

  await shop.evict();
  const seen = shop.event('custom.seen');
  expect(await tell(person, seen)).toMatchObject({ accepted: 1 });
  await settle();
  expect(await exported(person)).toEqual(['custom.seen', 'order.placed']);
  const now = await known(person);
  const held = new Map(now.memberships.map(({ segment: id, status }) => [id, status]));
  expect([held.get('reader'), held.get('buyer')]).toEqual(['exited', 'entered']);
  expect(now.profile).toMatchObject({ events: 2, measures: { pages: 0 } });
  const left = async () => (await shop.rollup('reader')).reduce((sum, { exited }) => sum + exited, 0);
  await expect.poll(left, PATIENCE).toBe(1);
  expect(
    await shop.operator('GET', `profiles/explain?namespace=customer&value=${person}&segment=reader`),
  ).toMatchObject({ member: false, cause: 'time' });

  // What is older than it may be kept does not come in again.
  const late = { ...shop.event('page.viewed', page), occurredAt: new Date(START).toISOString() };
  expect(await tell(person, late, seen)).toMatchObject({
    accepted: 0,
    duplicates: [seen.id],
    refused: [{ index: 0, code: 'tooOld' }],
  });
  await shop.restart();
  expect(await exported(person)).toEqual(['custom.seen', 'order.placed']);
}, 120_000);

it('a setting that makes no sense is refused when it is put', async () => {
  await expect(shop.operator('PUT', 'settings/retention', { days: { 'page.views': 90 } })).rejects.toThrow(/422/);
});
