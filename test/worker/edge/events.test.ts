import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codes, event, order, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const DAY = 86_400_000;
const at = (ms: number) => ({ occurredAt: new Date(Date.now() + ms).toISOString() });
const customer = (value = unique('c')) => ({ namespace: 'customer', value });

describe('one bad event costs only itself', () => {
  it('each is refused with its position, its id, a code and the place to blame', async () => {
    const good = [
      viewed(),
      event('custom.any.thing', { free: [1, { a: null }] }),
      event('page.viewed', { url: 'http://x' }),
    ];
    const answer = await shop.visitor().collect({
      events: [
        good[0],
        7,
        null,
        'text',
        [],
        {},
        { ...viewed(), id: 'has space' },
        { ...viewed(), id: 'x'.repeat(65) },
        good[1],
        { ...viewed(), extra: 1 },
        event('product.viewed', {}),
        { ...viewed(), data: [] },
        good[2],
      ],
    });
    expect([answer.status, answer.body.accepted]).toEqual([200, 3]);
    expect(codes(answer)).toEqual(
      Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 9, 10, 11].map((index) => [index, 'invalid'])),
    );
    const blamed = Object.fromEntries(answer.body.refused.map(({ index, pointer }) => [index, pointer]));
    expect([blamed[6], blamed[10], blamed[11]]).toEqual(['/id', '/data/productId', '/data']);
    for (const refusal of answer.body.refused) expect(refusal.detail).not.toBe('');
  });

  it.each([
    ['an unknown type', event('product.eaten'), 'unknownType'],
    ['a custom type of a bad form', event('custom.Bad-Name'), 'unknownType'],
    ['the bare custom prefix', event('custom.'), 'unknownType'],
    ['a member of every object as type', event('constructor'), 'unknownType'],
    ['an order with a browser key', order(), 'keyKind'],
    ['a refund with a browser key', event('order.refunded', { orderId: 'o', total: 1, currency: 'EUR' }), 'keyKind'],
    ['attributes with a browser key', event('profile.updated', { attributes: { loyaltyTier: 'gold' } }), 'keyKind'],
    ['1970', viewed('p', { occurredAt: '1970-01-01T00:00:00Z' }), 'tooOld'],
    ['31 days ago', viewed('p', at(-31 * DAY)), 'tooOld'],
    ['2099', viewed('p', { occurredAt: '2099-01-01T00:00:00Z' }), 'inFuture'],
    ['six minutes ahead', viewed('p', at(6 * 60_000)), 'inFuture'],
    ['a time without an offset', viewed('p', { occurredAt: '2026-11-22T10:00:00' }), 'invalid'],
    ['a day that is in no calendar', viewed('p', { occurredAt: '2026-02-30T10:00:00Z' }), 'invalid'],
    [
      '21 identities',
      viewed('p', {
        identities: Array.from({ length: 21 }, (_, i) => ({ namespace: 'email', value: `a${i}@x.test` })),
      }),
      'tooManyIdentities',
    ],
    [
      'two customers whom a page claims',
      viewed('p', {
        identities: [
          { namespace: 'customer', value: 'a1' },
          { namespace: 'customer', value: 'b1' },
        ],
      }),
      'ambiguousIdentity',
    ],
    [
      'more than 32 KB',
      event('custom.big', Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`t${i}`, 'x'.repeat(8000)]))),
      'tooLarge',
    ],
    [
      'more than 32 KB of characters of three bytes',
      event('custom.big', { a: '\u20ac'.repeat(8000), b: '\u20ac'.repeat(8000) }),
      'tooLarge',
    ],
    ['a string of 8193', event('custom.big', { text: 'x'.repeat(8193) }), 'tooLarge'],
    ['a name of 8193', event('custom.big', { ['x'.repeat(8193)]: 1 }), 'tooLarge'],
    ['a list of 501', event('custom.big', { list: Array.from({ length: 501 }, () => 0) }), 'tooLarge'],
    [
      '501 members',
      event('custom.big', Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`m${i}`, 0]))),
      'tooLarge',
    ],
    ['nine levels', event('custom.big', { a: { a: { a: { a: { a: { a: { a: {} } } } } } } }), 'tooLarge'],
  ])('%s is refused and its neighbours are stored', async (_, bad, code) => {
    const answer = await shop.visitor().collect({ events: [viewed(), bad, viewed()] });
    expect([answer.status, answer.body.accepted]).toEqual([200, 2]);
    expect(codes(answer)).toEqual({ 1: code });
    expect(answer.body.refused[0]?.id).toBe(bad.id);
  });

  it('takes what is just inside the caps', async () => {
    const events = [
      viewed('p', at(4 * 60_000)),
      viewed('p', at(-29 * DAY)),
      event('custom.big', { text: 'x'.repeat(8192), list: Array.from({ length: 500 }, () => 0) }),
      event('custom.big', { a: { a: { a: { a: { a: { a: {} } } } } } }),
      viewed('p', {
        identities: Array.from({ length: 20 }, (_, i) => ({ namespace: 'email', value: `a${i}@x.test` })),
      }),
      // What names nobody is left out: the visitor is still somebody.
      viewed('p', { identities: [{ namespace: 'email', value: 'x'.repeat(2048) }] }),
      viewed('p', { identities: [{ namespace: 'customer', value: 'null' }] }),
    ];
    expect((await shop.visitor().collect({ events })).body.refused).toEqual([]);
  });
});

describe('money', () => {
  it('is taken from a browser key where the source trusts it', async () => {
    const answer = await shop
      .visitor('app')
      .collect({ events: [order(), event('profile.updated', { attributes: { loyaltyTier: 'gold' } })] });
    expect([answer.body.accepted, codes(answer)]).toEqual([1, { 1: 'keyKind' }]);
  });

  it('is taken from a server', async () => {
    expect((await shop.server({ events: [order({ identities: [customer()] })] })).body.accepted).toBe(1);
  });
});

describe('idempotency', () => {
  it('an id twice in one batch is stored once', async () => {
    const twice = viewed();
    const answer = await shop
      .visitor()
      .collect({ events: [twice, viewed(), { ...twice, data: { productId: 'other' } }] });
    expect([answer.body.accepted, answer.body.duplicates, answer.body.refused]).toEqual([2, [twice.id], []]);
  });

  it('an id sent again is a duplicate, alone and among new ones', async () => {
    const visitor = shop.visitor();
    const events = [viewed(), viewed(), viewed()];
    await visitor.collect({ events });
    expect((await visitor.collect({ events: [events[0]] })).body).toMatchObject({
      accepted: 0,
      duplicates: [events[0]?.id],
    });
    const mixed = await visitor.collect({ events: [...events, viewed()] });
    expect([mixed.body.accepted, [...mixed.body.duplicates].sort()]).toEqual([1, events.map(({ id }) => id).sort()]);
    expect((await shop.decide({ visitor: visitor.token, include: ['profile'] })).body.profile?.events).toBe(4);
  });

  it('the same id from another source is another event of the same visitor', async () => {
    const web = shop.visitor('web');
    const shared = viewed();
    await web.collect({ events: [shared] });
    const second = shop.visitor('second');
    second.token = web.token;
    expect((await second.collect({ events: [shared] })).body).toMatchObject({
      accepted: 1,
      duplicates: [],
      visitor: { isNew: false },
    });
    expect((await second.collect({ events: [shared] })).body).toMatchObject({ accepted: 0, duplicates: [shared.id] });
  });

  it('a retried first visit with its cookie is not doubled', async () => {
    const visitor = shop.visitor();
    const first = { events: [viewed(), viewed()] };
    await visitor.interact(first);
    expect((await visitor.interact(first)).body).toMatchObject({ accepted: 0, visitor: { isNew: false } });
  });

  it('one id for two people in a server batch is one event: the first', async () => {
    const [one, two] = [unique('c'), unique('c')];
    const about = (value: string) => ({ identities: [{ namespace: 'customer', value }] });
    const first = viewed('p1', about(one));
    const answer = await shop.server({ events: [first, { ...first, ...about(two) }] }, '/v1/collect');
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: [first.id] });
    const rows = await shop.inProfiles<{ id: string }>(`SELECT id FROM fact WHERE id = '${first.id}'`);
    expect(rows).toHaveLength(1);
  });

  it('what the edge saw of a browser stands above what an event says of itself', async () => {
    const seen = viewed('p1', { context: { device: { class: 'fridge' }, own: 1 } });
    await shop.visitor().interact({ events: [seen] });
    const [row] = await shop.inProfiles<{ body: string }>(`SELECT body FROM fact WHERE id = '${seen.id}'`);
    const { context } = JSON.parse(row?.body ?? '{}') as { readonly context: unknown };
    expect(context).toMatchObject({ own: 1 });
    expect(context).not.toMatchObject({ device: { class: 'fridge' } });
  });

  it('a server batch sent again is all duplicates, person by person', async () => {
    const events = Array.from({ length: 6 }, (_, i) => viewed('p', { identities: [customer(`again-${i % 3}`)] }));
    expect((await shop.server({ events })).body.accepted).toBe(6);
    const again = await shop.server({ events });
    expect([again.body.accepted, [...again.body.duplicates].sort()]).toEqual([0, events.map(({ id }) => id).sort()]);
  });
});

describe('time', () => {
  const recentOf = async (token: string) =>
    (await shop.decide({ visitor: token, include: ['recent'] })).body.recent ?? [];

  it('corrects a clock that is two hours behind, by sentAt', async () => {
    const visitor = shop.visitor();
    const behind = -2 * 3_600_000;
    await visitor.collect({
      sentAt: new Date(Date.now() + behind).toISOString(),
      events: [viewed('slow', at(behind - 10_000))],
    });
    const stored = Date.parse((await recentOf(visitor.token))[0]?.at ?? '');
    expect(Math.abs(Date.now() - 10_000 - stored)).toBeLessThan(3000);
  });

  it('corrects a clock that runs years ahead, and then neither refuses nor stores a future', async () => {
    const visitor = shop.visitor();
    const ahead = 3000 * DAY;
    const answer = await visitor.collect({
      sentAt: new Date(Date.now() + ahead).toISOString(),
      events: [viewed('fast', at(ahead)), viewed('faster', at(ahead + 60_000))],
    });
    expect(answer.body.refused).toEqual([]);
    for (const { at: stored } of await recentOf(visitor.token))
      expect(Date.parse(stored)).toBeLessThanOrEqual(Date.now());
  });

  it('never stores a time after it was received', async () => {
    const visitor = shop.visitor();
    const answer = await visitor.collect({ events: [viewed('soon', at(4 * 60_000))] });
    expect((await recentOf(visitor.token))[0]?.at).toBe(answer.body.receivedAt);
  });

  it('takes any past from a server, and no future', async () => {
    const who = { identities: [customer()] };
    const answer = await shop.server({
      events: [
        viewed('old', { ...who, occurredAt: '1970-01-01T00:00:00Z' }),
        viewed('new', { ...who, occurredAt: '2099-01-01T00:00:00Z' }),
      ],
    });
    expect([answer.body.accepted, codes(answer)]).toEqual([1, { 1: 'inFuture' }]);
  });
});

describe('people whom a server names', () => {
  it.each([
    ['nobody', [], 'noIdentity'],
    ['null', [{ namespace: 'customer', value: ' NULL ' }], 'blockedIdentity'],
    ['zeros', [{ namespace: 'customer', value: '0000-0000' }], 'blockedIdentity'],
    ['an unknown namespace', [{ namespace: 'passport', value: 'x1' }], 'blockedIdentity'],
    ['a value of 2 KB', [{ namespace: 'customer', value: 'x'.repeat(2048) }], 'blockedIdentity'],
    ['no value', [{ namespace: 'customer', value: '' }], 'blockedIdentity'],
    [
      'two addresses, and nobody above them',
      [
        { namespace: 'email', value: 'a@shop.test' },
        { namespace: 'email', value: 'b@shop.test' },
      ],
      'ambiguousIdentity',
    ],
    ['a device of ours', [{ namespace: 'device', value: '01900000-0000-7000-8000-000000000000' }], 'blockedIdentity'],
    [
      'two customers at once',
      [
        { namespace: 'customer', value: 'a1' },
        { namespace: 'customer', value: 'b1' },
      ],
      'ambiguousIdentity',
    ],
  ])('refuses an event about %s and stores the others', async (_, identities, code) => {
    const answer = await shop.server({
      events: [
        viewed('p', { identities: [customer()] }),
        viewed('p', { identities }),
        viewed('p', { identities: [customer()] }),
      ],
    });
    expect([answer.status, answer.body.accepted, codes(answer)]).toEqual([200, 2, { 1: code }]);
  });

  it('reaches at most 100 profiles with one request, and says which events wait', async () => {
    const events = Array.from({ length: 103 }, (_, i) => viewed('p', { identities: [customer(unique(`many${i}`))] }));
    const answer = await shop.server({ events });
    expect(answer.body.accepted).toBe(100);
    expect(codes(answer)).toEqual({ 100: 'tooManyProfiles', 101: 'tooManyProfiles', 102: 'tooManyProfiles' });
  });

  it('joins all ids that a server names: the person is found by each of them', async () => {
    const who = customer();
    const crm = { namespace: 'crm', value: unique('crm') };
    await shop.server({ events: [viewed('p', { identities: [who, crm] })] });
    const idOf = async (identity: typeof crm) =>
      (await shop.decide({ identity, include: ['profile'] })).body.profile?.id;
    expect(await idOf(crm)).toBeDefined();
    expect(await idOf(crm)).toBe(await idOf(who));
  });

  it('keeps what a page names as claims, by which nobody is found', async () => {
    const crm = { namespace: 'crm', value: unique('crm') };
    await shop.visitor().interact({ events: [viewed('p', { identities: [crm] })] });
    expect((await shop.decide({ identity: crm, include: ['profile'] })).body.profile).toBeUndefined();
  });
});
