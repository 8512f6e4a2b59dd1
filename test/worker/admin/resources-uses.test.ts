import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminHarness,
  fillDrafts,
  MEASURE,
  OFFER,
  type Operator,
  SEGMENT,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

async function filled(): Promise<Operator> {
  const operator = await harness.newSpace();
  await fillDrafts(operator);
  return operator;
}

type Any = Readonly<Record<string, unknown>>;
const GIFT = { kind: 'offer', id: 'gift', name: OFFER.name };

describe('uses', () => {
  it('name who uses a resource and where, and what it uses itself', async () => {
    const operator = await filled();
    expect((await operator.call('GET', '/segments/gold/uses')).body).toEqual({
      usedBy: [{ ...GIFT, pointers: ['/eligibility'] }],
      uses: [{ kind: 'attribute', id: 'loyaltyTier', name: 'Loyalty tier', state: 'draft', pointers: ['/rule'] }],
    });
    expect((await operator.call('GET', '/offers/gift/uses')).body).toEqual({
      usedBy: [],
      uses: [
        { kind: 'placement', id: 'hero', name: 'Hero', state: 'draft', pointers: ['/placements/0'] },
        { kind: 'segment', id: 'gold', name: SEGMENT.name, state: 'draft', pointers: ['/eligibility'] },
      ],
    });
  });

  it('tell what is missing, and what a bare name means', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', '/measures/favouriteCategory', MEASURE);
    await operator.call('PUT', '/segments/gold', {
      ...SEGMENT,
      rule: 'favouriteCategory = "men" and nowhere > 1 and inSegment("lost")',
    });
    expect((await operator.call('GET', '/segments/gold/uses')).body).toMatchObject({
      uses: [
        { kind: 'attribute', id: 'nowhere', name: null, state: 'missing' },
        { kind: 'measure', id: 'favouriteCategory', state: 'draft' },
        { kind: 'segment', id: 'lost', state: 'missing' },
      ],
    });
  });
});

describe('what others use', () => {
  it('is not archived: the refusal names them', async () => {
    const operator = await filled();
    expect(await operator.call('DELETE', '/segments/gold')).toMatchObject({
      status: 409,
      body: {
        type: 'https://selvedge.dev/problems/inUse',
        detail: 'Used by offer gift: change or archive them first.',
        usedBy: [{ ...GIFT, pointers: ['/eligibility'] }],
      },
    });
    expect((await operator.call('DELETE', '/attributes/loyaltyTier')).body).toMatchObject({
      usedBy: [{ kind: 'segment', id: 'gold' }],
    });
    expect((await operator.call('DELETE', '/segments/gold?force=true')).status).toBe(409);
    expect((await operator.call('GET', '/segments/gold')).body).toMatchObject({ archived: false, version: 1 });
    // From the last of a chain to the first.
    for (const path of ['/offers/gift', '/segments/gold', '/attributes/loyaltyTier']) {
      expect([path, (await operator.call('DELETE', path)).status]).toEqual([path, 204]);
    }
    expect((await operator.call('GET', '/offers/gift/uses')).body).toMatchObject({
      uses: [
        { id: 'hero', state: 'draft' },
        { id: 'gold', state: 'archived' },
      ],
    });
  });

  it('is a strategy whose items a template shows', async () => {
    const operator = await filled();
    await operator.call('PUT', '/strategies/recent', { sources: [{ use: 'recentlyViewed' }], size: 4 });
    await operator.call('PUT', '/offers/gift', { ...OFFER, content: '{{#items.recent}}{{title}}{{/items.recent}}' });
    expect(await operator.call('DELETE', '/strategies/recent')).toMatchObject({
      status: 409,
      body: { usedBy: [{ ...GIFT, pointers: ['/content'] }] },
    });
  });

  it('is a setting, too, where somebody goes by its namespaces', async () => {
    const operator = await filled();
    await operator.call('PUT', '/settings/identity', {
      namespaces: [{ code: 'partner', type: 'person', priority: 1 }],
    });
    await operator.call('PUT', '/experiments/test', {
      name: 'Test',
      on: { kind: 'placement', id: 'hero' },
      variants: [
        { id: 'a', weight: 0.5 },
        { id: 'b', weight: 0.5 },
      ],
      hash: { attribute: 'partner' },
    });
    expect((await operator.call('DELETE', '/settings/identity')).body).toMatchObject({
      usedBy: [{ kind: 'experiment', id: 'test', pointers: ['/hash/attribute'] }],
    });
  });

  it('of the same id but another kind, or in a text, is not meant', async () => {
    const operator = await filled();
    await operator.call('PUT', '/placements/gold', { name: 'Gold', kind: 'html', fallback: 'hero and gold' });
    expect((await operator.call('DELETE', '/placements/gold')).status).toBe(204);
  });
});

describe('what uses each other', () => {
  const RING = [
    ['placements', { id: 'ring', name: 'Ring', kind: 'html', ranker: 'ring' }],
    ['rankers', { id: 'ring', name: 'Ring', method: 'manual', order: ['ring'] }],
    ['offers', { id: 'ring', name: 'Ring', placements: ['ring'], content: 'x' }],
  ] as const;
  const items = (...kinds: readonly string[]) => kinds.map((kind) => ({ kind, id: 'ring' }));

  it('goes together, and only as a whole', async () => {
    const operator = await filled();
    for (const [path, body] of RING) await operator.call('PUT', `/${path}/ring`, body);
    for (const [path] of RING) expect((await operator.call('DELETE', `/${path}/ring`)).status).toBe(409);
    const some = await operator.call('POST', '/resources/archive', {
      items: [...items('placement', 'ranker'), { kind: 'offer', id: 'gift' }],
    });
    expect(some.body.items).toMatchObject([
      { kind: 'placement', outcome: 'refused', code: 'inUse', usedBy: [{ kind: 'offer', id: 'ring' }] },
      { kind: 'ranker', outcome: 'refused', code: 'inUse', usedBy: [{ kind: 'placement', id: 'ring' }] },
      { kind: 'offer', id: 'gift', outcome: 'archived', version: 2 },
    ]);
    const all = await operator.call('POST', '/resources/archive', {
      items: [...items('placement', 'ranker', 'offer'), { kind: 'offer', id: 'gift' }, { kind: 'offer', id: 'none' }],
    });
    expect(all.body.items.map((each) => each as unknown as Any).map(({ outcome, code }) => [outcome, code])).toEqual([
      ['archived', null],
      ['archived', null],
      ['archived', null],
      ['same', null],
      ['refused', 'notFound'],
    ]);
    expect((await operator.call('GET', '/resources?q=ring')).body.items).toEqual([]);
  });

  it('is left alone by whoever may not, and where somebody was faster', async () => {
    const owner = await filled();
    const { token } = (await owner.call('POST', '/operators', { name: 'ed', role: 'editor' })).body;
    const answer = await harness.as(token).call('POST', '/resources/archive', {
      items: [
        { kind: 'source', id: 'web' },
        { kind: 'offer', id: 'gift', version: 7 },
      ],
    });
    expect(answer.body.items.map((each) => each as unknown as Any).map(({ code }) => code)).toEqual([
      'forbidden',
      'staleVersion',
    ]);
    expect((await owner.call('POST', '/resources/archive', { items: [] })).status).toBe(422);
    expect((await owner.call('GET', '/resources')).body.items).toHaveLength(5);
  });
});
