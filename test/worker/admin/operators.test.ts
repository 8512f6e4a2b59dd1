import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { LIMITS } from '../../../core/lib/limits.ts';
import { createGuessLimit, guesserOf } from '../../../worker/admin/guess-limit.ts';
import { type AdminHarness, type Operator, sha256, startAdminHarness } from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();
const me = async (operator: Operator) => (await operator.call('GET', '/me')).body;
const audited = async (operator: Operator, count: number) =>
  (
    (await operator.call('GET', `/audit?limit=${count}`)).body.items as readonly { action: string; note?: string }[]
  ).map(({ action, note }) => [action, note]);

describe('tokens', () => {
  it('of before there were roles are owners until they are changed', async () => {
    const old = await harness.newSpace();
    expect(await me(old)).toMatchObject({
      name: 'ada',
      kind: 'personal',
      role: 'owner',
      scopes: null,
      expiresAt: null,
    });
    expect((await old.call('PUT', '/operators/ada', { role: 'viewer' })).status).toBe(200);
    expect(await me(old)).toMatchObject({ role: 'viewer', permissions: ['self', 'read'] });
    expect((await old.call('PUT', '/operators/ada', { role: 'owner' })).status).toBe(403);
  });

  it('are made, changed, rotated and revoked, and the audit tells the rights before and after', async () => {
    const owner = await harness.newSpace();
    const until = inDays(30);
    const made = await owner.call('POST', '/operators', {
      name: 'ci',
      kind: 'service',
      role: 'publisher',
      scopes: ['publishing', 'offers'],
      expiresAt: until,
    });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'ci', kind: 'service', role: 'publisher', scopes: ['publishing', 'offers'], expiresAt: until },
    });
    const ci = harness.as(made.body.token);
    expect((await ci.call('GET', '/sequences')).status).toBe(200);
    const changed = await owner.call('PUT', '/operators/ci', { role: 'editor', scopes: ['offers'] });
    expect(changed).toMatchObject({ status: 200, body: { role: 'editor', scopes: ['offers'], expiresAt: null } });
    expect((await ci.call('GET', '/sequences')).status).toBe(403);
    const rotated = await owner.call('POST', '/operators/ci/rotate');
    expect(rotated).toMatchObject({ status: 201, body: { kind: 'service', role: 'editor', scopes: ['offers'] } });
    expect((await ci.call('GET', '/offers')).status).toBe(401);
    const next = harness.as(rotated.body.token);
    expect((await next.call('GET', '/offers')).status).toBe(200);
    expect((await owner.call('DELETE', '/operators/ci')).status).toBe(204);
    expect((await next.call('GET', '/offers')).status).toBe(401);
    for (const [method, path] of [
      ['PUT', '/operators/ci'],
      ['POST', '/operators/ci/rotate'],
      ['DELETE', '/operators/ci'],
    ] as const) {
      const body = method === 'PUT' ? { role: 'viewer' } : undefined;
      expect((await owner.call(method, path, body)).status).toBe(404);
    }
    expect(await audited(owner, 4)).toEqual([
      ['revoked', 'service editor, only offers'],
      ['rotated', 'service editor, only offers → service editor, only offers'],
      ['changed', `service publisher, only publishing and offers, until ${until} → service editor, only offers`],
      ['created', `service publisher, only publishing and offers, until ${until}`],
    ]);
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
    const stored = JSON.stringify((await harness.db.prepare('SELECT * FROM operator_token').all()).results);
    expect(stored).not.toContain(made.body.token);
    expect(stored).toContain(sha256(rotated.body.token));
  });

  it('that are over and tokens that never were get the same answer', async () => {
    const owner = await harness.newSpace();
    const [gone, late] = await Promise.all(
      ['gone', 'late'].map(async (name) => {
        const made = await owner.call('POST', '/operators', { name, role: 'viewer', expiresAt: inDays(1) });
        return harness.as(made.body.token);
      }),
    );
    expect((await late?.call('GET', '/segments'))?.status).toBe(200);
    await owner.call('DELETE', '/operators/gone');
    await harness.db
      .prepare("UPDATE operator_token SET expires_at = ? WHERE space = ? AND name = 'late'")
      .bind(Date.now() - 1, owner.space)
      .run();
    const never = harness.as(`op_${owner.space}.${'y'.repeat(43)}`);
    const answers = await Promise.all(
      [gone, late, never].map(async (operator) => {
        const { status, body, headers } = (await operator?.call('GET', '/segments')) ?? {};
        return { status, body: { ...body, instance: '' }, names: [...(headers?.keys() ?? [])].sort() };
      }),
    );
    expect(answers[0]?.status).toBe(401);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    // A new end gives it a new life, with another token.
    expect((await owner.call('POST', '/operators/late/rotate')).status).toBe(422);
    const again = await owner.call('POST', '/operators/late/rotate', { expiresAt: inDays(1) });
    expect((await harness.as(again.body.token).call('GET', '/segments')).status).toBe(200);
  });

  it.each([
    { name: 'x' },
    { name: 'x', role: 'king' },
    { name: 'x', role: 'viewer', scopes: [] },
    { name: 'x', role: 'viewer', scopes: ['everything'] },
    { name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' },
    { name: 'x', role: 'viewer', expiresAt: 'soon' },
    { name: 'x', role: 'viewer', space: 'main' },
    { name: 'x', role: 'viewer', createdBy: 'bootstrap' },
  ])('are not made of %j', async (body) => {
    expect((await harness.bootstrap.call('POST', '/operators', body)).status).toBe(422);
  });
});

it('nobody gives away more than they have: not through a new token, a change or a rotation', async () => {
  const owner = await harness.newSpace();
  const until = inDays(2);
  const made = await owner.call('POST', '/operators', {
    name: 'deputy',
    role: 'owner',
    scopes: ['operators', 'segments', 'audit'],
    expiresAt: until,
  });
  const deputy = harness.as(made.body.token);
  const own = { role: 'editor', scopes: ['segments'], expiresAt: until };
  await owner.call('POST', '/operators', { name: 'stronger', role: 'viewer' });
  const before = await audited(owner, 50);
  for (const body of [
    { ...own, scopes: null },
    { ...own, scopes: ['segments', 'offers'] },
    { ...own, expiresAt: null },
    { ...own, expiresAt: inDays(3) },
  ]) {
    expect((await deputy.call('POST', '/operators', { name: 'friend', ...body })).status).toBe(403);
    expect((await deputy.call('PUT', '/operators/deputy', body)).status).toBe(403);
    expect((await deputy.call('PUT', '/operators/stronger', body)).status).toBe(403);
  }
  expect((await deputy.call('PUT', '/operators/stronger', own)).status).toBe(403);
  expect((await deputy.call('POST', '/operators/stronger/rotate', { expiresAt: until })).status).toBe(403);
  expect(await audited(owner, 50)).toEqual(before);
  expect((await deputy.call('POST', '/operators', { name: 'friend', ...own })).status).toBe(201);
  const publisher = await owner.call('POST', '/operators', { name: 'pub', role: 'publisher' });
  expect(
    (await harness.as(publisher.body.token).call('POST', '/operators', { name: 'me-too', role: 'viewer' })).status,
  ).toBe(403);
});

describe('guessing', () => {
  const most = LIMITS.wrongOperatorTokens.value;

  it('is answered with 429 after too many different wrong tokens from one address, right tokens too', async () => {
    const from = { 'cf-connecting-ip': '203.0.113.77' };
    const guess = (secret: string) =>
      harness.as(`op_main.${secret.padEnd(43, 'z')}`).call('GET', '/me', undefined, from);
    // One wrong token over and over is no guessing.
    for (let i = 0; i < most + 2; i++) expect((await guess('same')).status).toBe(401);
    for (let i = 1; i < most; i++) expect((await guess(`g${i}-`)).status).toBe(401);
    const locked = await harness.bootstrap.call('GET', '/me', undefined, from);
    expect(locked).toMatchObject({ status: 429, body: { type: 'https://selvedge.dev/problems/limited' } });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await harness.bootstrap.call('GET', '/me', undefined, { 'cf-connecting-ip': '203.0.113.78' })).status).toBe(
      200,
    );
  });

  it('and every entry of the audit says from where, without the address', async () => {
    const owner = await harness.newSpace();
    const put = (id: string, address: string) =>
      owner.call('PUT', `/placements/${id}`, { name: id, kind: 'html' }, { 'cf-connecting-ip': address });
    await put('one', '203.0.113.9');
    await put('two', '203.0.113.9');
    await put('three', '203.0.113.10');
    await owner.call('POST', '/publish', {}, { 'cf-connecting-ip': '203.0.113.9' });
    const { body } = await owner.call('GET', '/audit');
    const [published, three, two, one] = (body.items as readonly { from?: string | null }[]).map(({ from }) => from);
    expect(one).toMatch(/^[A-Z]{2} [0-9a-f]{12}$/);
    expect([two, published]).toEqual([one, one]);
    expect(three).not.toBe(one);
    expect(JSON.stringify(body)).not.toContain('203.0.113');
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
    await harness.db
      .prepare('UPDATE audit SET came_from = NULL WHERE space = ? AND number = 2')
      .bind(owner.space)
      .run();
    expect((await owner.call('GET', '/audit/verify')).body).toMatchObject({ broken: { number: 2, why: 'altered' } });
  });

  it('may begin again when the window is over', () => {
    const guesses = createGuessLimit();
    const at = (ms: number) => (1_000_000 + ms) as Instant;
    for (let i = 0; i < most; i++) {
      expect(guesses.waitMs('a', at(i))).toBe(0);
      guesses.wrong('a', `hash${i}`, at(i));
    }
    const windowMs = LIMITS.wrongOperatorTokenMs.value;
    expect(guesses.waitMs('a', at(1000))).toBe(windowMs - 1000);
    expect(guesses.waitMs('b', at(1000))).toBe(0);
    expect(guesses.waitMs('a', at(windowMs))).toBe(0);
    guesses.wrong('a', 'hash', at(windowMs));
    expect(guesses.waitMs('a', at(windowMs))).toBe(0);
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('is counted by host: %s is of %s', (address, host) => {
    expect(guesserOf(new Headers({ 'cf-connecting-ip': address }))).toBe(host);
  });
});
