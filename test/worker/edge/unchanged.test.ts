import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, type Visitor } from '../../support/platform.ts';

let shop: Shop;
const put = async (path: string, body: object) => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const { status, text } = await shop.send(`/v1/admin/${path}`, {
    method: path === 'publish' ? 'POST' : 'PUT',
    headers,
    body,
  });
  if (status >= 300) throw new Error(`${path}: ${text}`);
};
const test = (id: string, variants: readonly object[]) =>
  put(`experiments/${id}-test`, {
    name: id,
    status: 'running',
    on: { kind: 'placement', id },
    purpose: 'necessary',
    variants,
    metrics: [{ id: 'orders', kind: 'conversion', event: 'order.placed' }],
    primaryMetric: 'orders',
  });
const TITLE = { action: 'setText', selector: 'h1', value: 'Spring' };
const BANNER = { action: 'hide', selector: '.banner' };

beforeAll(async () => {
  shop = await startShop();
  for (const id of ['page', 'own']) await put(`placements/${id}`, { name: id, kind: 'dom' });
  await put('offers/spring', {
    name: 'Spring',
    placements: ['page', 'own'],
    purpose: 'necessary',
    content: { actions: [TITLE, BANNER, { ...TITLE, value: '!' }] },
  });
  await test('page', [
    { id: 'control', weight: 0.5, value: { use: 'nothing' } },
    { id: 'b', weight: 0.5 },
  ]);
  await test('own', [
    { id: 'control', weight: 0.5, value: { use: 'nothing' } },
    { id: 'b', weight: 0.5, value: { use: 'content', content: { actions: [{ ...BANNER, selector: 'aside' }] } } },
  ]);
  await put('publish', {});
}, 60_000);
afterAll(() => shop.stop());

/** The first of some visitors who has that variant. */
async function inVariant(placement: string, variant: string) {
  for (let i = 0; i < 60; i++) {
    const visitor: Visitor = shop.visitor();
    const [shown] = (await visitor.interact({ events: [event('signed.in')], placements: [placement] })).body
      .propositions;
    if (shown?.variant === variant) return { visitor, shown };
  }
  throw new Error(`nobody is in ${variant}`);
}

describe('a test on a DOM placement', () => {
  it('watches, for whom it changes nothing, what it changes for others', async () => {
    const { shown } = await inVariant('page', 'control');
    expect([shown.offer, shown.content]).toEqual([
      null,
      {
        actions: [
          { action: 'setStyle', selector: 'h1' },
          { action: 'setStyle', selector: '.banner' },
        ],
      },
    ]);
    expect((await inVariant('page', 'b')).shown.content).toMatchObject({ actions: [TITLE, BANNER, {}] });
    expect((await inVariant('own', 'control')).shown.content).toEqual({
      actions: [{ action: 'setStyle', selector: 'aside' }],
    });
  });

  it('is seen by both sides, each once', async () => {
    for (const variant of ['control', 'b']) {
      const { visitor, shown } = await inVariant('page', variant);
      const seen = { proposition: shown.id, placement: shown.placement, offer: shown.offer };
      const id = event('proposition.displayed', seen);
      await visitor.interact({ events: [id] });
      await visitor.interact({ events: [event('proposition.displayed', seen)] });
      const bodies = await shop.inProfiles<{ type: string; body: string }>(
        "SELECT type, CAST(body AS TEXT) AS body FROM fact WHERE type = 'experiment.exposed'",
      );
      const mine = bodies.filter(({ body }) => body.includes(shown.id));
      expect(mine).toHaveLength(1);
      expect(mine[0]?.body).toContain(`"${variant}"`);
    }
  });
});
