import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop } from '../../support/platform.ts';

/** The alarm in real time: a window of two seconds, and nobody who comes. */
let shop: Shop;
const operator = () => ({ authorization: `Bearer ${shop.platform.secrets.operatorToken}` });
const rule = (type: string, seconds: number) =>
  `xEvent[eventType = "${type}" and timestamp occurs <= ${seconds} seconds before now].count() >= 1`;

beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  for (const [id, observed, seconds] of [
    ['watched', true, 63],
    ['unwatched', false, 100],
  ] as const) {
    const body = { name: id, purpose: 'personalization', public: true, observed, rule: rule(`custom.${id}`, seconds) };
    const answer = await shop.send(`/v1/admin/segments/${id}`, { method: 'PUT', headers: operator(), body });
    expect(answer.status, answer.text).toBeLessThan(300);
  }
  const published = await shop.send('/v1/admin/publish', { headers: operator(), body: {} });
  expect(published.status, published.text).toBe(201);
});
afterAll(() => shop?.stop());

const report = async <T>(path: string) =>
  (
    (await shop.send(`/v1/admin/reports/${path}`, { method: 'GET', headers: operator() })).body as unknown as {
      readonly items: readonly T[];
    }
  ).items;
const membersOf = async (segment: string) =>
  (await report<{ segment: string; members: number; exact: boolean }>('segments')).find(
    (row) => row.segment === segment,
  );

describe('a profile that nobody visits', () => {
  it('leaves an observed segment at the very instant, and says so at once', async () => {
    const visitor = shop.visitor();
    // Events of the harness happened a minute ago: three seconds are left.
    const sent = event('custom.watched');
    const answer = await visitor.interact({ events: [sent] });
    expect(answer.body.memberships).toContainEqual({
      segment: 'watched',
      status: 'entered',
      since: expect.any(String),
    });
    const counted = async () => {
      const rows = await report<{ entered: number; exited: number }>('memberships?segment=watched&per=day');
      return rows.map(({ entered, exited }) => [entered, exited]);
    };
    await expect.poll(counted, { timeout: 25_000 }).toEqual([[1, 1]]);
    expect(await membersOf('watched')).toMatchObject({ members: 0, known: 0, corrected: 0, exact: true });

    const back = await visitor.interact({ events: [event('custom.other')] });
    expect(back.body.memberships.filter(({ segment }) => segment === 'watched')).toEqual([]);
  }, 40_000);

  it('is left asleep where nobody observes', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [event('custom.unwatched')] });
    await expect.poll(async () => (await membersOf('unwatched'))?.members, { timeout: 25_000 }).toBe(1);
    expect(await membersOf('unwatched')).toMatchObject({ members: 1, exact: false });
  }, 40_000);
});
