import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';
import {
  admin,
  type CatalogueAnswer,
  configureLists,
  done,
  hashesOf,
  idsOf,
  item,
  listOf,
  packed,
  sha256,
  upload,
} from './item-shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
  await configureLists(shop);
});
afterAll(() => shop.stop());

const ITEMS = [
  item('a1', { salePrice: { amount: 5900, currency: 'EUR' } }),
  item('a2'),
  item('a3', { availability: 'out_of_stock' }),
  item('b1', { category: ['Clothes', 'Hats'], brand: 'South' }),
  item('b2', { category: ['Clothes', 'Hats'], brand: 'South', attributes: { colour: 'red' } }),
];
const sequenceOf = async () =>
  (await done<{ items: readonly { sequence: number; data: string | null }[] }>(shop, 'GET', 'sequences')).items;

describe('a catalogue', () => {
  it('is not there at first, and lists show their fallback', async () => {
    expect((await admin(shop, 'GET', 'catalogue')).problem).toBe('notFound');
    const answer = await shop.visitor().interact({ events: [viewed('a1')], placements: ['list-recent', 'teaser'] });
    expect(listOf(answer, 'list-recent')).toBeNull();
    expect(answer.body.propositions.map(({ reason }) => reason)).toEqual(['noneEligible', 'noneEligible']);
  });

  it('is uploaded part by part, goes on where it broke off, and is live under a new sequence with the same rules', async () => {
    const [before] = await sequenceOf();
    const parts = packed(ITEMS);
    const hashes = hashesOf(parts);
    const committed = await admin<{ missing: string[] }>(shop, 'PUT', 'catalogue', { parts: hashes });
    expect([committed.problem, committed.json.missing.sort()]).toEqual(['conflict', Object.values(hashes).sort()]);
    const [first = '', ...rest] = parts.keys();
    const sent = await done<{ name: string; hash: string }>(shop, 'POST', 'catalogue/parts', parts.get(first));
    expect(sent).toEqual({ name: first, hash: hashes[first] });
    const asked = await done<{ missing: string[] }>(shop, 'POST', 'catalogue/missing', { parts: hashes });
    expect(asked.missing).toEqual(rest);
    const live = await upload(shop, ITEMS);
    expect(live).toMatchObject({ items: 5, currency: 'EUR', shards: 1, sequence: (before?.sequence ?? 0) + 1 });
    expect(await done<CatalogueAnswer>(shop, 'GET', 'catalogue')).toEqual(live);
    expect((await sequenceOf())[0]).toMatchObject({ sequence: live.sequence, data: 'catalogue, neighbours/similar' });
    const { items } = await done<{ items: readonly { action: string; note: string }[] }>(shop, 'GET', 'audit');
    expect(items[0]).toMatchObject({ action: 'dataPut', note: 'catalogue, neighbours/similar: 5 items' });
  });

  it('refuses what is no part, what belongs elsewhere, and addresses that are scripts', async () => {
    const [part] = [...packed([item('x1', { url: 'javascript:alert(1)' })]).values()];
    expect((await admin(shop, 'POST', 'catalogue/parts', part)).text).toContain('http(s) or a path of the site');
    const [good] = [...packed([item('x1')]).values()] as [Record<string, unknown>];
    for (const broken of [
      { ...good, ids: ['x2'], titles: [] },
      { ...good, shard: 1 },
      { ...good, shards: 4096 },
      { ...good, price: [-1] },
      { ...good, brand: [7] },
      { ...good, more: 1 },
      [],
    ])
      expect((await admin(shop, 'POST', 'catalogue/parts', broken)).status).toBe(422);
    expect((await admin(shop, 'PUT', 'catalogue', { parts: {} })).status).toBe(422);
    expect((await admin(shop, 'PUT', 'catalogue', { parts: { program: sha256('') } })).status).toBe(422);
    const two = hashesOf(packed([item('x1')]));
    await done(shop, 'POST', 'catalogue/parts', good);
    const wrong = await admin(shop, 'PUT', 'catalogue', { parts: { 'catalogue/1': two['catalogue/0'] } });
    expect(wrong.text).toContain('is not catalogue/1');
    const huge = { ...good, titles: ['x'.repeat(2_200_000)] };
    expect((await admin(shop, 'POST', 'catalogue/parts', huge)).status).toBe(413);
  });

  it('stays through a publish of rules and a rollback', async () => {
    const { sequence } = await done<{ sequence: number }>(shop, 'POST', 'publish', {});
    expect(await done<CatalogueAnswer>(shop, 'GET', 'catalogue')).toMatchObject({ items: 5, sequence });
    await done(shop, 'POST', 'rollback', { sequence: sequence - 2 });
    expect(await done<CatalogueAnswer>(shop, 'GET', 'catalogue')).toMatchObject({ items: 5, sequence: sequence + 1 });
  });
});

describe('lists of items', () => {
  it('show what was viewed, prices and titles as the catalogue has them, never what is out of stock', async () => {
    const visitor = shop.visitor();
    const answer = await visitor.interact({
      events: [viewed('a1'), viewed('a3'), viewed('b1'), viewed('gone')],
      placements: ['list-recent', 'teaser'],
      context: { item: 'nothing' },
    });
    const list = listOf(answer, 'list-recent');
    expect(idsOf(list)).toEqual(['b1', 'a1']);
    expect(list?.[1]).toMatchObject({
      title: 'Item a1',
      url: '/p/a1',
      price: 79,
      salePrice: 59,
      currency: 'EUR',
      because: 'recentlyViewed',
    });
    expect(answer.body.propositions.at(-1)).toMatchObject({ content: '<a href="/p/a1">Item a1: 79 EUR</a>' });
  });

  it('know what was viewed on another device after the login, and drop what was bought at once', async () => {
    const customer = unique('customer');
    const [phone, desktop] = [shop.visitor(), shop.visitor()];
    await phone.interact({ events: [viewed('a1'), viewed('a2')], proof: await shop.prove(customer) });
    await desktop.interact({ events: [viewed('b1')] });
    const apart = await desktop.interact({ placements: ['list-recent'] });
    expect(idsOf(listOf(apart, 'list-recent'))).toEqual(['b1']);
    await desktop.interact({ proof: await shop.prove(customer) });
    const joined = await desktop.interact({ placements: ['list-recent'] });
    expect(idsOf(listOf(joined, 'list-recent'))).toEqual(['b1', 'a2', 'a1']);
    const identities = [{ namespace: 'customer', value: customer }];
    const bought = { orderId: unique('o'), total: 79, currency: 'EUR', items: [{ productId: 'a2', quantity: 1 }] };
    await shop.server({ events: [event('order.placed', bought, { identities })] });
    const after = await phone.interact({ placements: ['list-recent'] });
    expect(idsOf(listOf(after, 'list-recent'))).toEqual(['b1', 'a1']);
  });

  it('start from the page: what is like the product that is looked at', async () => {
    const answer = await shop.visitor().interact({ events: [viewed('b1')], placements: ['list-alike'] });
    expect(listOf(answer, 'list-alike')?.[0]).toMatchObject({ id: 'b2', because: 'similar', becauseOf: 'b1' });
    const named = await shop.visitor().interact({
      events: [event('page.viewed', { url: 'http://shop.test/' })],
      placements: ['list-alike'],
      context: { item: 'b2' },
    });
    expect(listOf(named, 'list-alike')?.[0]).toMatchObject({ id: 'b1', becauseOf: 'b2' });
  });

  it('leave out what is in the cart', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('a1'), viewed('a2')] });
    const answer = await visitor.interact({
      events: [event('cart.added', { productId: 'a1', quantity: 1 })],
      placements: ['list-recent'],
    });
    expect(idsOf(listOf(answer, 'list-recent'))).toEqual(['a2']);
  });

  it('show nothing of what was viewed before consent was withdrawn', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('a1')] });
    const answer = await visitor.interact({
      events: [event('consent.updated', {}, { consent: { personalization: 'out' } })],
      placements: ['list-recent'],
    });
    expect(listOf(answer, 'list-recent')).toBeNull();
  });

  it('follow a new catalogue', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('a1'), viewed('a2')] });
    await upload(shop, [item('a1', { availability: 'out_of_stock' }), item('a2', { title: 'New name' })]);
    const answer = await visitor.interact({ placements: ['list-recent'] });
    expect(listOf(answer, 'list-recent')?.map(({ title }) => title)).toEqual(['New name']);
  });
});
