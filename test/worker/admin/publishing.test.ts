import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLISHER_METHODS } from '../../../core/ruleset/publisher-rpc.ts';
import {
  type AdminHarness,
  fillDrafts,
  OFFER,
  type Operator,
  SEGMENT,
  SOURCE,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const store = async (operator: Operator, how: string | number) =>
  (await harness.fetch(`/store/${operator.space}/${how}`)).body;

describe('publish', () => {
  it('makes the drafts live at once in this isolate', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const answer = await operator.call('POST', '/publish', { note: 'first' });
    expect(answer).toMatchObject({ status: 201, body: { sequence: 1, cached: true } });
    expect(Object.keys(answer.body.parts).sort()).toEqual([
      'browser/web',
      'content',
      'decisions',
      'identity',
      'program',
      'rules',
      'sources',
    ]);
    expect(await store(operator, 'peek')).toEqual({ sequence: 1, offers: ['gift'], browser: ['web'] });
  });

  it('takes no body, publishes no change too, and keeps the parts of equal content', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const first = await operator.call('POST', '/publish');
    const second = await operator.call('POST', '/publish');
    expect(second).toMatchObject({ status: 201, body: { sequence: 2, parts: first.body.parts } });
  });

  it('says which version of each resource it was compiled of', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('POST', '/publish');
    await operator.call('PUT', '/segments/gold', { ...SEGMENT, name: 'Golden members' });
    await operator.call('DELETE', '/offers/gift');
    await operator.call('POST', '/publish');
    const content = async (sequence: number) => (await operator.call('GET', `/sequences/${sequence}/content`)).body;
    expect(await content(1)).toEqual({
      sequence: 1,
      resources: [
        { kind: 'attribute', id: 'loyaltyTier', version: 1 },
        { kind: 'offer', id: 'gift', version: 1 },
        { kind: 'placement', id: 'hero', version: 1 },
        { kind: 'segment', id: 'gold', version: 1 },
        { kind: 'source', id: 'web', version: 1 },
      ],
    });
    expect(await content(2)).toMatchObject({ resources: { length: 4, 2: { id: 'gold', version: 2 } } });
    await operator.call('POST', '/rollback', { sequence: 1 });
    expect(await content(3)).toEqual({ ...(await content(1)), sequence: 3 });
    expect((await operator.call('GET', '/sequences/9/content')).status).toBe(404);
    expect((await operator.call('GET', '/sequences/newest/content')).status).toBe(404);
    const keys = Object.entries((await operator.call('POST', '/publish')).body.parts);
    const hash = keys.find(([name]) => name === 'content')?.[1];
    expect(await harness.kvGet(`${operator.space}/part/${hash}`)).toBeNull();
  });

  it('refuses a bad draft with every problem at once, and stays live with the old one', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('POST', '/publish');
    await operator.call('PUT', '/segments/gold', { ...SEGMENT, rule: 'inSegment("golds")' });
    await operator.call('PUT', '/offers/gift', {
      ...OFFER,
      placements: ['herro'],
      content: 7,
      schedule: { from: '2026-12-02T00:00:00Z', until: '2026-12-01T00:00:00Z' },
    });
    await operator.call('PUT', '/sources/app', { ...SOURCE, id: 'app', writeKeys: [`wk_${operator.space}.12345678`] });
    await operator.call('PUT', '/sources/web', {
      ...SOURCE,
      writeKeys: [`wk_${operator.space}.12345678`, 'wk_other.12345678'],
    });
    const answer = await operator.call('POST', '/publish');
    expect(answer).toMatchObject({
      status: 422,
      body: { type: 'https://selvedge.dev/problems/draftInvalid', instance: expect.any(String) },
    });
    const found = answer.body.errors.map((each) => `${each.kind}/${each.id}${each.pointer} ${each.code}`);
    expect(found.sort()).toEqual([
      'offer/gift/placements/0 unknownPlacement',
      'offer/gift/schedule/until emptySchedule',
      'segment/gold/rule unknownSegment',
      'source/web/writeKeys/0 duplicateKey',
      'source/web/writeKeys/1 wrongSpace',
    ]);
    expect(answer.body.errors.find((each) => each.code === 'unknownPlacement')?.detail).toContain('"hero"');
    expect(await operator.call('POST', '/validate')).toMatchObject({
      status: 200,
      body: { valid: false, problems: { length: 5 } },
    });
    expect(await store(operator, 'current')).toMatchObject({ sequence: 1 });
    expect((await operator.call('GET', '/sequences')).body.items).toHaveLength(1);
  });

  it('gives 20 publishes at the same time 20 rising sequences and an unbroken audit', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const answers = await Promise.all(Array.from({ length: 20 }, () => operator.call('POST', '/publish')));
    expect(answers.map((each) => each.body.sequence).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(await store(operator, 'current')).toMatchObject({ sequence: 20 });
    expect((await operator.call('GET', '/audit/verify')).body).toEqual({ intact: true, entries: 25, broken: null });
    const pages = await operator.call('GET', '/sequences?limit=15');
    expect(pages.body.next).toBe(6);
    expect(
      (await operator.call('GET', '/sequences?limit=15&before=6')).body.items.map((each) => each.sequence),
    ).toEqual([5, 4, 3, 2, 1]);
  });

  it('is live although the cache refuses, and repairs the cache and the audit at the next call', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await harness.faults({ cacheDown: true });
    const answer = await operator.call('POST', '/publish');
    await harness.faults({ cacheDown: false });
    expect(answer).toMatchObject({ status: 201, body: { sequence: 1, cached: false } });
    expect(await store(operator, 'current')).toMatchObject({ sequence: 1 });
    expect(await operator.call('POST', '/publish')).toMatchObject({ body: { sequence: 2, cached: true } });
    expect((await operator.call('GET', '/audit/verify')).body).toMatchObject({ intact: true, entries: 7 });
    expect(harness.logs.some((line) => line.includes('"kind":"publisher"'))).toBe(true);
  });

  it('repairs the cache by itself when no call comes', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await harness.faults({ cacheDown: true });
    await operator.call('POST', '/publish');
    await harness.faults({ cacheDown: false });
    const kv = async () => (await harness.kvGet(`${operator.space}/manifest`)) ?? '';
    await expect.poll(kv, { timeout: 12_000, interval: 250 }).toMatch(/"sequence":1/);
  });

  it('counts a publish once in the audit when the answer of the database is lost', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await harness.faults({ answersLost: true });
    expect(await operator.call('POST', '/publish')).toMatchObject({ status: 201, body: { sequence: 1 } });
    await harness.faults({ answersLost: false });
    await operator.call('POST', '/publish');
    expect(
      (await operator.call('GET', '/audit')).body.items.slice(0, 3).map((each) => `${each.action} ${each.subject}`),
    ).toEqual(['published 2', 'published 1', 'put gift']);
    expect((await operator.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('publishes an empty space', async () => {
    const operator = await harness.newSpace();
    expect(await operator.call('POST', '/publish')).toMatchObject({ status: 201, body: { sequence: 1 } });
    expect(await store(operator, 'peek')).toEqual({ sequence: 1, offers: [], browser: [] });
  });
});

describe('rollback', () => {
  it('brings old content back under a new sequence and leaves the drafts', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const first = await operator.call('POST', '/publish');
    await operator.call('DELETE', '/offers/gift');
    await operator.call('POST', '/publish');
    expect(await store(operator, 'peek')).toMatchObject({ sequence: 2, offers: [] });
    expect(await operator.call('POST', '/rollback', { sequence: 1 })).toMatchObject({
      status: 201,
      body: { sequence: 3, parts: first.body.parts },
    });
    expect(await store(operator, 'peek')).toMatchObject({ sequence: 3, offers: ['gift'] });
    expect((await operator.call('GET', '/offers/gift')).body).toMatchObject({ archived: true });
    expect((await operator.call('GET', '/sequences')).body.items[0]).toMatchObject({
      sequence: 3,
      restored: 1,
      actor: 'ada',
    });
    expect((await operator.call('GET', '/audit?limit=1')).body.items[0]).toMatchObject({
      action: 'rolledBack',
      note: 'restores 1',
    });
  });

  it('does not bring back a server key that was revoked since', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const leaked = await operator.call('POST', '/sources/web/server-keys');
    const kept = await operator.call('POST', '/sources/web/server-keys');
    const first = await operator.call('POST', '/publish');
    await operator.call('PUT', '/sources/web', { ...SOURCE, serverKeyHashes: [kept.body.hash] });
    const rolled = await operator.call('POST', '/rollback', { sequence: 1 });
    expect(rolled.body.parts.sources).not.toBe(first.body.parts.sources);
    const part = await harness.kvGet(`${operator.space}/part/${rolled.body.parts.sources}`);
    expect(part).toContain(kept.body.hash);
    expect(part).not.toContain(leaked.body.hash);
  });

  it('refuses a sequence that this code could not run', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('POST', '/publish');
    await harness.fetch(`/publisher/${operator.space}/age`, { method: 'POST' });
    expect(await operator.call('POST', '/rollback', { sequence: 1 })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('publish the drafts') },
    });
  });

  it('refuses a sequence that never was', async () => {
    const operator = await harness.newSpace();
    expect(await operator.call('POST', '/rollback', { sequence: 9 })).toMatchObject({ status: 404 });
    expect(await operator.call('POST', '/rollback', { sequence: 'one' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/sequence' }] },
    });
  });
});

describe('ruleset store', () => {
  it('knows no unknown space and makes no storage for it', async () => {
    expect((await harness.fetch('/store/nowhere/current')).body).toBeNull();
    expect((await harness.fetch('/store/nowhere/peek')).body).toBeNull();
    expect((await harness.fetch('/publisher/nowhere/tables')).body).toEqual([]);
  });

  it('finds a higher sequence than memory and cache have, and not one that never was', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('POST', '/publish');
    await operator.call('POST', '/publish');
    expect(await store(operator, 2)).toMatchObject({ sequence: 2 });
    expect(await store(operator, 1)).toMatchObject({ sequence: 2 });
    expect(await store(operator, 3)).toBeNull();
  });
});

describe('publisher object', () => {
  it('answers over RPC what its interface names, and nothing else', async () => {
    const surface = (await harness.fetch<string[]>('/publisher/surface')).body;
    expect(surface.sort()).toEqual([...PUBLISHER_METHODS, 'alarm', 'constructor'].sort());
  });
});
