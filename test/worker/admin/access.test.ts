import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_OPERATIONS } from '../../../worker/admin/admin-app.ts';
import { type AdminHarness, fillDrafts, startAdminHarness } from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const operations = ADMIN_OPERATIONS.map((each) => ({
  ...each,
  call: `/v1/admin${each.path.replaceAll(/\{\w+\}/g, 'web')}`,
  method: each.method.toUpperCase(),
}));

describe('every operation', () => {
  it('has an id of its own', () => {
    expect(operations.length).toBeGreaterThan(25);
    expect(new Set(operations.map((each) => each.id)).size).toBe(operations.length);
  });

  it.each(operations)('$method $path refuses who brings no token', async ({ method, call }) => {
    const answer = await harness.fetch(call, { method });
    expect(answer).toMatchObject({ status: 401, body: { type: 'https://selvedge.dev/problems/missingToken' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe(answer.body.instance);
  });

  it.each(operations)('$method $path refuses an unknown token', async ({ method, call }) => {
    const authorization = `Bearer op_main.${'x'.repeat(43)}`;
    expect(await harness.fetch(call, { method, headers: { authorization } })).toMatchObject({
      status: 401,
      body: { type: 'https://selvedge.dev/problems/unknownToken' },
    });
  });
});

describe('tokens', () => {
  it.each(['op_main', 'op_.x', 'wk_main.aaaaaaaaaaaa', 'op_main.', `op_${'a'.repeat(300)}.b`])(
    'refuses %s',
    async (token) => {
      expect((await harness.as(token).call('GET', '/sources')).status).toBe(401);
    },
  );

  it('see their own space only', async () => {
    const one = await harness.newSpace();
    const other = await harness.newSpace();
    await fillDrafts(one);
    expect((await other.call('GET', '/sources')).body.items).toEqual([]);
    expect((await other.call('GET', '/sources/web')).status).toBe(404);
    expect((await other.call('DELETE', '/sources/web')).status).toBe(404);
    expect((await other.call('POST', '/rollback', { sequence: 1 })).status).toBe(404);
    expect((await other.call('GET', '/audit')).body.items).toEqual([]);
    expect((await one.call('GET', '/sources')).body.items).toHaveLength(1);
  });

  it('do not work under the name of another space', async () => {
    const one = await harness.newSpace();
    const other = await harness.newSpace();
    const forged = one.token.replace(one.space, other.space);
    expect((await harness.as(forged).call('GET', '/sources')).status).toBe(401);
  });

  it('count the day of their last use', async () => {
    const operator = await harness.newSpace();
    await operator.call('GET', '/sources');
    const used = async () => (await operator.call('GET', '/operators')).body.items[0]?.lastUsedDay;
    await expect.poll(used).toBe(new Date().toISOString().slice(0, 10));
  });
});

describe('operators', () => {
  it('are made by the bootstrap operator, work, are listed without secrets, and end when revoked', async () => {
    const made = await harness.bootstrap.call('POST', '/operators', { name: 'grace', role: 'owner' });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'grace', token: expect.stringMatching(/^op_main\.[\w-]{43}$/) },
    });
    const grace = harness.as(made.body.token);
    expect((await grace.call('GET', '/segments')).status).toBe(200);
    const listed = await grace.call('GET', '/operators');
    expect(listed.body.items).toEqual([
      {
        name: 'grace',
        kind: 'personal',
        role: 'owner',
        scopes: null,
        expiresAt: null,
        createdAt: expect.any(String),
        createdBy: 'bootstrap',
        lastUsedDay: expect.anything(),
        revokedAt: null,
        email: null,
        linkedTo: null,
        hasToken: true,
      },
    ]);
    expect((await harness.bootstrap.call('POST', '/operators', { name: 'grace', role: 'viewer' })).status).toBe(409);
    expect((await harness.bootstrap.call('DELETE', '/operators/grace')).status).toBe(204);
    expect((await grace.call('GET', '/segments')).status).toBe(401);
    expect((await harness.bootstrap.call('DELETE', '/operators/grace')).status).toBe(404);
    const again = await harness.bootstrap.call('POST', '/operators', { name: 'grace', role: 'viewer' });
    expect((await harness.as(again.body.token).call('GET', '/segments')).status).toBe(200);
    expect((await grace.call('GET', '/segments')).status).toBe(401);
    const audit = await harness.bootstrap.call('GET', '/audit?limit=3');
    expect(audit.body.items.map((each) => each.action)).toEqual(['created', 'revoked', 'created']);
    expect(JSON.stringify(audit.body)).not.toContain(made.body.token);
  });

  it.each(['Bad Name', 'bootstrap', ''])('may not be called %j', async (name) => {
    expect(await harness.bootstrap.call('POST', '/operators', { name, role: 'viewer' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/name' }] },
    });
  });
});

describe('paths', () => {
  it('answers problems for what is not there', async () => {
    expect(await harness.bootstrap.call('GET', '/nothing')).toMatchObject({
      status: 404,
      body: { title: 'There is nothing here' },
    });
    const wrong = await harness.bootstrap.call('PATCH', '/sources/web');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, PUT, DELETE');
  });

  it('answers success with a request id and no caching', async () => {
    const answer = await harness.bootstrap.call('GET', '/segments');
    expect(answer.headers.get('x-request-id')).toMatch(/\S/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
