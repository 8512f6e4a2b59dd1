import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminHarness, OFFER, startAdminHarness } from '../../support/admin-harness.ts';
import { createSetClient, createShops, type SetClient, type Shops, tier } from '../../support/change-set-client.ts';

let harness: AdminHarness;
let shops: Shops;
beforeAll(async () => {
  harness = await startAdminHarness();
  shops = createShops(harness);
});
afterAll(() => harness.stop());

describe('freeze', () => {
  it('stops every publish of rules and says who and why; rollback goes on', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Silver');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    expect(await owner.call('PUT', '/freeze', { reason: 'Black Friday' })).toMatchObject({
      status: 200,
      body: { frozen: { by: 'ada', reason: 'Black Friday' } },
    });
    const frozen = {
      status: 409,
      body: {
        type: 'https://selvedge.dev/problems/frozen',
        by: 'ada',
        reason: 'Black Friday',
        since: expect.any(String),
      },
    };
    expect(await owner.call('POST', '/publish')).toMatchObject(frozen);
    expect(await sets.publish(set)).toMatchObject(frozen);
    expect(await owner.call('POST', '/rollback', { sequence: 1 })).toMatchObject({ status: 201 });
    expect((await owner.call('GET', '/freeze')).body).toMatchObject({ frozen: { reason: 'Black Friday' } });
    expect((await owner.call('DELETE', '/freeze')).status).toBe(204);
    expect((await owner.call('DELETE', '/freeze')).status).toBe(204);
    expect(await sets.publish(set)).toMatchObject({ status: 201 });
    expect((await owner.call('GET', '/freeze')).body).toEqual({ frozen: null });
    const editor = await shops.colleague(owner, 'ed', 'editor');
    expect(await editor.call('PUT', '/freeze', { reason: 'me' })).toMatchObject({ status: 403 });
    expect(await owner.call('PUT', '/freeze', { reason: ' ' })).toMatchObject({ status: 422 });
  });
});

describe('schedule', () => {
  const soon = () => new Date(Date.now() + 1000).toISOString();
  const state = (sets: SetClient, set: string) => async () => (await sets.read(set)).state;

  it('publishes by itself, under the name of whoever scheduled it', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Tonight');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    const later = await sets.create('Next year');
    await sets.put(later, 'offer', 'gift', { ...OFFER, priority: 3 });
    await sets.act(later, 'schedule', { at: new Date(Date.now() + 86_400_000).toISOString() });
    expect(await sets.act(set, 'schedule', { at: soon() })).toMatchObject({
      status: 200,
      body: { state: 'scheduled' },
    });
    await expect.poll(state(sets, set), { timeout: 20_000, interval: 250 }).toBe('published');
    expect((await owner.call('GET', '/sequences?limit=1')).body.items[0]).toMatchObject({
      changeSet: set,
      actor: 'ada',
    });
    expect(await sets.read(later)).toMatchObject({ state: 'scheduled' });
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('fails as a whole with the reason when it cannot be published then', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Tonight');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await sets.put(set, 'offer', 'card', { ...OFFER, id: 'card' });
    await sets.act(set, 'schedule', { at: soon() });
    await owner.call('PUT', '/segments/gold', tier('bronze'));
    await expect.poll(state(sets, set), { timeout: 20_000, interval: 250 }).toBe('failed');
    expect(await sets.read(set)).toMatchObject({
      failure: { code: 'staleChangeSet', detail: expect.stringContaining('segment gold') },
    });
    expect(await shops.live(owner)).toMatchObject({ sequence: 1, offers: ['gift'] });
    expect((await owner.call('GET', '/offers/card')).status).toBe(404);
    expect(await sets.act(set, 'unschedule')).toMatchObject({ status: 200, body: { state: 'open', failure: null } });
  });

  it('goes by review and freeze as they are when the time comes', async () => {
    const { owner } = await shops.open();
    await owner.call('PUT', '/settings/review', { approvals: 1 });
    await owner.call('POST', '/publish');
    const maker = createSetClient(await shops.colleague(owner, 'mia', 'publisher'));
    const made = [await maker.create('One'), await maker.create('Other')] as const;
    for (const [i, set] of made.entries()) {
      await maker.put(set, 'offer', `card-${i}`, { ...OFFER, id: `card-${i}` });
      await maker.act(set, 'submit');
      expect((await createSetClient(owner).act(set, 'approve', { hash: (await maker.read(set)).hash })).status).toBe(
        200,
      );
    }
    await maker.act(made[0], 'schedule', { at: soon() });
    await expect.poll(state(maker, made[0]), { timeout: 20_000, interval: 250 }).toBe('published');
    await owner.call('PUT', '/freeze', { reason: 'Black Friday' });
    await maker.act(made[1], 'schedule', { at: soon() });
    await expect.poll(state(maker, made[1]), { timeout: 20_000, interval: 250 }).toBe('failed');
    expect(await maker.read(made[1])).toMatchObject({
      failure: { code: 'frozen', detail: expect.stringContaining('Black Friday') },
    });
    expect(await maker.act(made[1], 'unschedule')).toMatchObject({ status: 200, body: { state: 'approved' } });
  });

  it('waits while the database is away, and then goes on', async () => {
    const { sets } = await shops.open();
    const set = await sets.create('Tonight');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await sets.act(set, 'schedule', { at: soon() });
    await harness.faults({ controlDown: true });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await sets.read(set)).toMatchObject({ state: 'scheduled' });
    await harness.faults({ controlDown: false });
    await expect.poll(state(sets, set), { timeout: 20_000, interval: 250 }).toBe('published');
  });

  it('is off again after an edit or by hand, and not possible in the past or too far ahead', async () => {
    const { sets } = await shops.open();
    const set = await sets.create('Tonight');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    const at = new Date(Date.now() + 60_000).toISOString();
    expect(await sets.act(set, 'schedule', { at: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 422 });
    expect(await sets.act(set, 'schedule', { at: '2099-01-01T00:00:00Z' })).toMatchObject({ status: 422 });
    expect(await sets.act(set, 'schedule', { at: 'tomorrow' })).toMatchObject({ status: 422 });
    await sets.act(set, 'schedule', { at });
    expect(await sets.act(set, 'unschedule')).toMatchObject({ status: 200, body: { state: 'open', schedule: null } });
    await sets.act(set, 'schedule', { at });
    await sets.edit(set, { title: 'Tomorrow' });
    expect(await sets.read(set)).toMatchObject({ state: 'open', title: 'Tomorrow', schedule: null });
  });
});

describe('a publish that stops in the middle', () => {
  async function stopped(stopsAt: 'beforeBatch' | 'afterBatch') {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Silver');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await harness.faults({ stopsAt, stopsFrom: 4 });
    expect(await sets.publish(set)).toMatchObject({ status: 503 });
    await harness.fetch(`/publisher/${owner.space}/kill`, { method: 'POST' });
    await harness.faults({ stopsAt: 'never', controlDown: false });
    return { owner, sets, set };
  }

  it('after the database took it: the alarm makes it live', async () => {
    const { owner, sets, set } = await stopped('afterBatch');
    expect(await sets.read(set)).toMatchObject({ state: 'published', published: { sequence: 2 } });
    const newest = async () => (await owner.call('GET', '/sequences?limit=1')).body.items[0]?.sequence;
    await expect.poll(newest, { timeout: 20_000, interval: 250 }).toBe(2);
    expect(await shops.contentOf(owner, 2)).toContain('segment/gold/2');
    await owner.call('PUT', '/freeze', { reason: 'any write' });
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('before the database took it: nothing is there, the audit says so, and it can be published again', async () => {
    const { owner, sets, set } = await stopped('beforeBatch');
    expect(await sets.read(set)).toMatchObject({ state: 'open' });
    expect((await owner.call('GET', '/segments/gold')).body).toMatchObject({ version: 1 });
    expect(await sets.publish(set)).toMatchObject({ status: 201, body: { sequence: 2 } });
    const actions = (await owner.call('GET', '/audit')).body.items.map(({ action }) => action);
    expect(actions.filter((action) => action === 'interrupted')).toHaveLength(1);
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('a rollback that comes first waits for the end of it', async () => {
    const { owner } = await stopped('afterBatch');
    expect(await owner.call('POST', '/rollback', { sequence: 1 })).toMatchObject({
      status: 201,
      body: { sequence: 3 },
    });
    expect(await shops.contentOf(owner, 3)).toContain('segment/gold/1');
  });

  it('is done when only the answer is lost', async () => {
    const { owner, sets } = await shops.open();
    const set = await sets.create('Silver');
    await sets.put(set, 'segment', 'gold', tier('silver'));
    await harness.faults({ answersLost: true });
    expect(await sets.publish(set)).toMatchObject({ status: 201, body: { sequence: 2 } });
    await harness.faults({ answersLost: false });
    expect(await sets.publish(set)).toMatchObject({ status: 409, body: { state: 'published' } });
    await owner.call('PUT', '/freeze', { reason: 'any write' });
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });
});
