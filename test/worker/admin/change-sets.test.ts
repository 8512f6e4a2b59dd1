import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/lib/limits.ts';
import { headsText } from '../../../core/ruleset/change-set.ts';
import {
  type AdminHarness,
  OFFER,
  type Operator,
  SEGMENT,
  sha256,
  startAdminHarness,
} from '../../support/admin-harness.ts';
import { createSetClient, createShops, type Shops, tier } from '../../support/change-set-client.ts';

let harness: AdminHarness;
let shops: Shops;
beforeAll(async () => {
  harness = await startAdminHarness();
  shops = createShops(harness);
});
afterAll(() => harness.stop());

describe('a change set', () => {
  it('makes just its items live, and leaves the drafts of others where they are', async () => {
    const { owner, sets } = await shops.open();
    await owner.call('PUT', '/offers/half-done', { ...OFFER, id: 'half-done' });
    const set = await sets.create('Silver counts as well');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await sets.put(set, 'offer', 'card', { ...OFFER, id: 'card' });
    await sets.archive(set, 'offer', 'gift');
    expect((await owner.call('GET', '/segments/gold')).body).toMatchObject({ version: 1 });
    const published = await sets.publish(set);
    expect(published).toMatchObject({ status: 201, body: { sequence: 2 } });
    expect(await shops.live(owner)).toMatchObject({ sequence: 2, offers: ['card'] });
    expect(await shops.contentOf(owner, 2)).toEqual([
      'attribute/loyaltyTier/1',
      'offer/card/1',
      'placement/hero/1',
      'segment/gold/2',
      'source/web/1',
    ]);
    expect((await owner.call('GET', '/segments/gold')).body).toMatchObject({
      version: 2,
      views: { text: 'loyaltyTier = "silver"' },
    });
    expect((await owner.call('GET', '/offers/gift')).body).toMatchObject({ archived: true, version: 2 });
    expect(await sets.read(set)).toMatchObject({ state: 'published', published: { sequence: 2, by: 'ada' } });
    expect((await owner.call('GET', '/sequences?limit=1')).body.items[0]).toMatchObject({
      changeSet: set,
      note: 'Silver counts as well',
    });
    const audit = (await owner.call('GET', '/audit?limit=5')).body.items;
    expect(audit.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'published 2',
      `published ${set}`,
      'put gold',
      'archived gift',
      'put card',
    ]);
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('goes by the same checks as a PUT: schema, rule, id, secrets', async () => {
    const { sets } = await shops.open();
    const set = await sets.create('Wrong');
    expect(await sets.put(set, 'segment', 'gold', { ...SEGMENT, rule: 'loyaltyTier = ' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/resource/rule', line: 1 }] },
    });
    expect(await sets.put(set, 'segment', 'gold', { ...SEGMENT, colour: 'red' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/resource/colour', code: 'unknownField' }] },
    });
    expect(await sets.put(set, 'segment', 'silver', SEGMENT)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/resource/id', code: 'idMismatch' }] },
    });
    expect(await sets.put(set, 'flavour', 'gold', SEGMENT)).toMatchObject({ status: 404 });
    expect(await sets.archive(set, 'segment', 'nobody')).toMatchObject({ status: 404 });
    const secret = 'c2VjcmV0LW9mLXRoaXMtc2hvcC1zZWNyZXQtMTIzNDU2Nzg';
    const keys = [{ kid: 'k1', alg: 'HS256', secret }];
    const source = { id: 'web', name: 'Web shop', allowedOrigins: ['https://shop.example'], proofKeys: keys };
    expect(await sets.put(set, 'source', 'web', source)).toMatchObject({ status: 200 });
    expect(JSON.stringify(await sets.read(set))).not.toMatch(/c2VjcmV0|secretEncrypted/);
    const [row] = (await harness.db.prepare('SELECT body FROM change_set_item WHERE change_set = ?').bind(set).all())
      .results;
    expect(row?.body).toContain('secretEncrypted');
    expect(row?.body).not.toContain(secret);
    expect(await sets.put(set, 'source', 'web', { ...source, jurisdiction: 'eu' })).toMatchObject({ status: 422 });
  });

  it('is no way around what its maker may not change', async () => {
    const { owner } = await shops.open();
    const editor = createSetClient(await shops.colleague(owner, 'ed', 'editor'));
    const set = await editor.create('More keys for me');
    expect(await editor.put(set, 'source', 'web', { id: 'web', name: 'Mine' })).toMatchObject({ status: 403 });
    expect(await editor.put(set, 'segment', 'gold', tier('silver'))).toMatchObject({ status: 200 });
    expect(await editor.publish(set)).toMatchObject({ status: 403 });
    const scoped = createSetClient(
      await shops.colleague(owner, 'only-sets', 'editor', { scopes: ['changeSets', 'offers'] }),
    );
    expect(await scoped.put(set, 'segment', 'gold', tier('bronze'))).toMatchObject({ status: 403 });
    expect(await scoped.put(set, 'offer', 'gift', OFFER)).toMatchObject({ status: 200 });
    const viewer = createSetClient(await shops.colleague(owner, 'vi', 'viewer'));
    expect(await viewer.read(set)).toMatchObject({ state: 'open' });
    expect(await viewer.act(set, 'withdraw')).toMatchObject({ status: 403 });
    const stranger = createSetClient(await harness.newSpace());
    expect(await stranger.act(set, 'withdraw')).toMatchObject({ status: 404 });
    expect(await stranger.publish(set)).toMatchObject({ status: 404 });
  });

  it('of two that change one segment, the second is told both sides', async () => {
    const { owner, sets } = await shops.open();
    const [one, other] = [await sets.create('One'), await sets.create('Other')];
    await sets.put(one, 'segment', 'gold', tier('silver'));
    await sets.put(other, 'segment', 'gold', tier('bronze'));
    expect((await sets.publish(one)).status).toBe(201);
    expect(await sets.validate(other)).toMatchObject({ valid: false, stale: [{ id: 'gold', currentVersion: 2 }] });
    const refused = await sets.publish(other);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        type: 'https://selvedge.dev/problems/staleChangeSet',
        items: [{ kind: 'segment', id: 'gold', baseVersion: 1, currentVersion: 2 }],
      },
    });
    expect(JSON.stringify(refused.body)).toMatch(/silver.*bronze/);
    expect(await shops.live(owner)).toMatchObject({ sequence: 2 });
    expect(await sets.put(other, 'segment', 'gold', tier('bronze'), { 'if-match': '"1"' })).toMatchObject({
      status: 409,
    });
    expect(await sets.put(other, 'segment', 'gold', tier('bronze'), { 'if-match': '"2"' })).toMatchObject({
      status: 200,
    });
    expect(await sets.publish(other)).toMatchObject({ status: 201, body: { sequence: 3 } });
  });

  it('is refused with every problem when the whole does not compile, and changes nothing', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Half');
    expect(await sets.publish(set)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('nothing') },
    });
    await sets.archive(set, 'placement', 'hero');
    await sets.put(set, 'segment', 'gold', { ...SEGMENT, rule: 'inSegment("golds")' });
    const expected = ['offer/gift/placements/0 unknownPlacement', 'segment/gold/rule unknownSegment'];
    const found = (problems: readonly { kind: string; id: string; pointer: string; code: string }[]) =>
      problems.map(({ kind, id, pointer, code }) => `${kind}/${id}${pointer} ${code}`).sort();
    const refused = await sets.publish(set);
    expect(refused.status).toBe(422);
    expect(found(refused.body.errors)).toEqual(expected);
    const checked = await sets.validate(set);
    expect(checked.valid).toBe(false);
    expect(found(checked.problems)).toEqual(expected);
    expect(await shops.live(owner)).toMatchObject({ sequence: 1 });
    expect(await sets.read(set)).toMatchObject({ state: 'open' });
    expect((await owner.call('GET', '/placements/hero')).body).toMatchObject({ archived: false });
  });

  it('publishes the very draft that is there without a new version, and items can be taken out', async () => {
    const { owner, sets } = await shops.open();
    await owner.call('PUT', '/segments/gold', tier('silver'));
    const set = await sets.create('Just this draft');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await sets.put(set, 'offer', 'gift', { ...OFFER, priority: 3 });
    const before = await sets.read(set);
    expect(await sets.remove(set, 'offer', 'gift')).toMatchObject({ status: 200 });
    expect(await sets.remove(set, 'offer', 'gift')).toMatchObject({ status: 404 });
    const after = await sets.read(set);
    expect(after.items).toHaveLength(1);
    expect(after.hash).not.toBe(before.hash);
    await sets.publish(set);
    expect(await shops.contentOf(owner, 2)).toContain('segment/gold/2');
    expect((await owner.call('GET', '/segments/gold')).body).toMatchObject({ version: 2 });
  });

  it('needs a live content that is known', async () => {
    const { owner, sets } = await shops.open();
    await harness.fetch(`/publisher/${owner.space}/forget-content`, { method: 'POST' });
    const set = await sets.create('Too early');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    expect(await sets.publish(set)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('once') } });
    expect(await owner.call('GET', '/sequences/1/content')).toMatchObject({ status: 404 });
    await owner.call('POST', '/publish');
    expect(await sets.publish(set)).toMatchObject({ status: 201 });
  });

  it('can be the first that a space publishes', async () => {
    const sets = createSetClient(await harness.newSpace());
    const set = await sets.create('Everything');
    await sets.put(set, 'attribute', 'loyaltyTier', { id: 'loyaltyTier', name: 'Loyalty tier', type: 'string' });
    await sets.put(set, 'segment', 'gold', SEGMENT);
    expect(await sets.publish(set)).toMatchObject({ status: 201, body: { sequence: 1 } });
  });

  it('takes so many items, publishes them at once, and only as they were put', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Many');
    const most = LIMITS.changeSetItems.value;
    const items = Array.from({ length: most }, (_, i) => {
      const body = JSON.stringify({ ...SEGMENT, id: `s-${i}`, rule: { op: 'literal', value: true } });
      return { kind: 'segment' as const, id: `s-${i}`, baseVersion: 0, body, hash: sha256(body) };
    });
    const insert = `INSERT INTO change_set_item
      SELECT ?, ?, value ->> 'kind', value ->> 'id', 0, value ->> 'body', value ->> 'hash', 0, 'ada' FROM json_each(?)`;
    await harness.db.prepare(insert).bind(owner.space, set, JSON.stringify(items)).run();
    expect(await sets.put(set, 'segment', 'gold', tier('silver'))).toMatchObject({ status: 409 });
    // Rows that went past the API are not those that the set knows of.
    expect(await sets.publish(set)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('items') } });
    await harness.db
      .prepare('UPDATE change_set SET hash = ? WHERE id = ?')
      .bind(sha256(headsText(items)), set)
      .run();
    expect(await sets.publish(set)).toMatchObject({ status: 201 });
    expect(await shops.contentOf(owner, 2)).toHaveLength(most + 5);
    await owner.call('PUT', '/freeze', { reason: 'any write' });
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('takes no members but its own', async () => {
    const { owner, sets } = await shops.open();
    const made = await owner.call('POST', '/change-sets', { title: 'A', state: 'approved', editors: [] });
    expect(made).toMatchObject({ status: 422, body: { errors: [{ code: 'unknownField' }, { code: 'unknownField' }] } });
    const set = await sets.create('A');
    expect(await sets.edit(set, { title: 'B', approval: { by: 'me' } })).toMatchObject({ status: 422 });
    expect(await sets.edit(set, { title: '' })).toMatchObject({ status: 422 });
    expect(await sets.act(set, 'submit', { by: 'sam' })).toMatchObject({ status: 422 });
  });

  it('is listed by state, a page at a time, newest first', async () => {
    const { owner, sets } = await shops.open();
    const made = [await sets.create('A'), await sets.create('B'), await sets.create('C')];
    await sets.act(made[1] as string, 'withdraw');
    const first = await owner.call('GET', '/change-sets?state=open&limit=1');
    expect(first.body).toMatchObject({ items: [{ id: made[2], title: 'C' }], next: made[2] });
    expect((await owner.call('GET', `/change-sets?state=open&limit=1&cursor=${first.body.next}`)).body).toMatchObject({
      items: [{ id: made[0] }],
      next: null,
    });
    expect((await owner.call('GET', '/change-sets')).body.items).toHaveLength(3);
    expect((await owner.call('GET', '/change-sets?state=lost')).status).toBe(400);
    expect((await owner.call('GET', '/change-sets/chs_nobody')).status).toBe(404);
  });
});

describe('a diff', () => {
  interface Diff {
    readonly changes: readonly { kind: string; id: string; change: string; fields: readonly object[] }[];
    readonly consequences: readonly { code: string; sentence: string }[];
  }
  const diff = async (operator: Operator, from: string, to: string) =>
    (await operator.call('GET', `/diff?from=${from}&to=${to}`)).body as unknown as Diff;

  it('tells what a change set, the drafts and old sequences change, and what that means', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Silver');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await sets.archive(set, 'offer', 'gift');
    const wanted = {
      changes: [
        {
          kind: 'segment',
          id: 'gold',
          change: 'changed',
          fields: [{ path: 'rule', pointer: '/rule', before: 'loyaltyTier = "gold"', after: 'loyaltyTier = "silver"' }],
        },
        { kind: 'offer', id: 'gift', change: 'removed' },
      ],
    };
    const found = await diff(owner, 'live', set);
    expect(found).toMatchObject(wanted);
    expect(found.consequences.map(({ code }) => code)).toEqual([
      'counted',
      'counted',
      'placementWithoutOffers',
      'used',
      'evaluatedAnew',
    ]);
    expect((await owner.call('GET', `/change-sets/${set}/diff`)).body).toEqual({ ...found, from: 'live', to: set });
    expect((await diff(owner, 'live', 'drafts')).changes).toEqual([]);
    await sets.publish(set);
    expect(await diff(owner, '1', 'live')).toMatchObject(wanted);
    expect(await diff(owner, '2', '1')).toMatchObject({ changes: [{ id: 'gold' }, { id: 'gift', change: 'added' }] });
  });

  it('shows no secret, and says what it does not know', async () => {
    const { owner, sets } = await shops.open();
    const secret = 'c2VjcmV0LW9mLXRoaXMtc2hvcC1zZWNyZXQtMTIzNDU2Nzg';
    const set = await sets.create('Keys');
    const proofKeys = [{ kid: 'k1', alg: 'HS256', secret }];
    await sets.put(set, 'source', 'web', { id: 'web', name: 'Web shop', proofKeys });
    const shown = JSON.stringify(await diff(owner, 'live', set));
    expect(shown).toContain('proofKeys');
    expect(shown).not.toContain(secret);
    const [row] = (await harness.db.prepare('SELECT body FROM change_set_item WHERE change_set = ?').bind(set).all())
      .results;
    const [key] = (JSON.parse(String(row?.body)) as { proofKeys: { secretEncrypted: string }[] }).proofKeys;
    expect(shown).not.toContain(key?.secretEncrypted);
    expect((await owner.call('GET', '/diff?from=9')).status).toBe(404);
    expect((await owner.call('GET', '/diff?to=chs_nobody')).status).toBe(400);
    expect((await owner.call('GET', '/diff?to=chs_0')).status).toBe(404);
    const other = await harness.newSpace();
    expect((await other.call('GET', `/diff?to=${set}`)).status).toBe(404);
  });
});

describe('review', () => {
  async function reviewed() {
    const { owner } = await shops.open();
    await owner.call('PUT', '/settings/review', { approvals: 1 });
    await owner.call('POST', '/publish');
    const maker = createSetClient(await shops.colleague(owner, 'mia', 'publisher'));
    const second = createSetClient(await shops.colleague(owner, 'sam', 'publisher'));
    const set = await maker.create('Silver');
    await maker.put(set, 'segment', 'gold', tier('silver'));
    return { owner, maker, second, set };
  }
  const needsReview = { status: 409, body: { type: 'https://selvedge.dev/problems/needsReview' } };

  it('lets nothing live that nobody else has approved', async () => {
    const { owner, maker, second, set } = await reviewed();
    expect(await owner.call('POST', '/publish')).toMatchObject(needsReview);
    expect(await maker.publish(set)).toMatchObject(needsReview);
    expect(await maker.act(set, 'schedule', { at: '2027-01-01T00:00:00Z' })).toMatchObject(needsReview);
    const { hash } = await maker.read(set);
    expect(await second.act(set, 'approve', { hash })).toMatchObject({ status: 409 });
    await maker.act(set, 'submit', { note: 'please' });
    expect(await maker.publish(set)).toMatchObject(needsReview);
    expect(await maker.act(set, 'approve', { hash })).toMatchObject({ status: 403 });
    expect(await second.act(set, 'approve', { hash: 'another' })).toMatchObject({ status: 409 });
    expect(await second.act(set, 'approve', { hash, note: 'fine' })).toMatchObject({ status: 200 });
    expect(await maker.publish(set)).toMatchObject({ status: 201 });
    expect((await maker.read(set)).history.map(({ act, actor, note }) => `${act} ${actor} ${note}`)).toEqual([
      'submitted mia please',
      'approved sam fine',
      'published mia null',
    ]);
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('is over as soon as somebody edits, and whoever edits approves no more', async () => {
    const { maker, second, set } = await reviewed();
    await maker.act(set, 'submit');
    const { hash } = await maker.read(set);
    await second.act(set, 'approve', { hash });
    await second.put(set, 'segment', 'gold', tier('bronze'));
    expect(await maker.read(set)).toMatchObject({ state: 'open', approval: null, editors: ['mia', 'sam'] });
    await maker.act(set, 'submit');
    const again = (await maker.read(set)).hash;
    expect(await second.act(set, 'approve', { hash: again })).toMatchObject({ status: 403 });
    expect(await second.act(set, 'reject', { note: 'not like this' })).toMatchObject({ status: 200 });
    expect(await maker.read(set)).toMatchObject({ state: 'open' });
  });

  it('counts as it is live: neither the set itself nor a rollback takes it away', async () => {
    const { owner, maker, second } = await reviewed();
    const off = await maker.create('No more reviews');
    await maker.put(off, 'setting', 'review', { approvals: 0 });
    expect(await maker.publish(off)).toMatchObject(needsReview);
    expect(await owner.call('POST', '/rollback', { sequence: 1 })).toMatchObject({
      status: 201,
      body: { sequence: 3 },
    });
    expect(await shops.contentOf(owner, 3)).toContain('setting/review/1');
    expect(await owner.call('POST', '/publish')).toMatchObject(needsReview);
    await maker.act(off, 'submit');
    await second.act(off, 'approve', { hash: (await maker.read(off)).hash });
    expect(await maker.publish(off)).toMatchObject({ status: 201 });
    expect(await owner.call('POST', '/publish')).toMatchObject({ status: 201 });
  });
});
