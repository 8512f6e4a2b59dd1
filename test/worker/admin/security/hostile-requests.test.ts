import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../core/lib/limits.ts';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { type AdminHarness, type Operator, startAdminHarness } from '../../../support/admin-harness.ts';

let harness: AdminHarness;
let owner: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  owner = await harness.newSpace();
});
afterAll(() => harness.stop());

const withBody = ADMIN_OPERATIONS.filter(({ body }) => body !== undefined);
const send = (method: string, path: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${harness.origin}/v1/admin${path.replaceAll(/\{\w+\}/g, 'nobody')}`, {
    method: method.toUpperCase(),
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json', ...headers },
    body,
  });
const nested = (depth: number) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`;

describe('a body', () => {
  it.each(withBody)('that is beyond reason is refused by $id before it is understood', async (operation) => {
    const { id, method, path, largeBody } = operation;
    const most = Math.max(LIMITS[largeBody ?? 'adminBodyBytes'].value, LIMITS.requestBytes.value);
    const cases: readonly (readonly [string, BodyInit, Readonly<Record<string, string>>, readonly number[]])[] = [
      ['huge', `"${'x'.repeat(most + 1)}"`, {}, [413]],
      ['a gzip bomb', gzipSync(Buffer.alloc(most * 4, 0x20)), { 'content-encoding': 'gzip' }, [413]],
      ['deep', nested(20_000), {}, [422]],
      ['cut off', '{"a":', {}, [400]],
      ['no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), {}, [400]],
      ['a form', 'role=owner', { 'content-type': 'application/x-www-form-urlencoded' }, [415]],
      ['text, as forms of other sites send it', '{}', { 'content-type': 'text/plain' }, [415]],
      ['packed otherwise', '{}', { 'content-encoding': 'br' }, [415]],
    ];
    for (const [name, body, headers, statuses] of cases) {
      const answer = await send(method, path, body, headers);
      expect([id, name, statuses.includes(answer.status) ? 'refused' : answer.status]).toEqual([id, name, 'refused']);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      await answer.arrayBuffer();
    }
  });

  it('and the API answers as before', async () => {
    expect((await owner.call('GET', '/me')).status).toBe(200);
    expect(harness.logs.filter((line) => line.includes('"kind":"error"'))).toEqual([]);
  });
});

describe('headers', () => {
  const raw = (path: string, headers: Readonly<Record<string, string>>) =>
    new Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>> }>((resolve, reject) => {
      const { hostname, port } = new URL(harness.origin);
      const asked = request({ hostname, port, path: `/v1/admin${path}`, headers }, (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
      });
      asked.on('error', reject);
      asked.end();
    });

  it('of an answer cannot be written by whoever asks', async () => {
    const authorization = `Bearer ${owner.token}`;
    for (const path of [
      '/segments/x%0d%0aset-cookie:%20evil=1',
      '/sessions/%0d%0aset-cookie:%20evil=1',
      '/sign-in?space=main%0d%0aset-cookie:%20evil=1',
      '/sign-in?return=%2Fx%0d%0aset-cookie:%20evil=1',
      '/sign-in/callback?state=x%0d%0aset-cookie:%20evil=1&error=x%0d%0aset-cookie:%20evil=1',
      '/nothing%0d%0aset-cookie:%20evil=1',
    ]) {
      const answer = await raw(path, { authorization, 'x-request-id': 'mine', 'user-agent': 'x\tset-cookie: evil=1' });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers['set-cookie']?.toString() ?? '').not.toContain('evil');
      expect(answer.headers['x-request-id']).not.toBe('mine');
    }
  });

  it('that are long or odd name nobody', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer  ',
      `Bearer ${'x'.repeat(4_000)}`,
      `Basic ${btoa(`ada:${owner.token}`)}`,
      `Bearer ${owner.token} ${owner.token}`,
      `Bearer ${owner.token},Bearer ${owner.token}`,
      owner.token,
    ])
      expect((await raw('/me', { authorization, 'cf-connecting-ip': '192.0.2.9' })).status).toBe(401);
    for (const cookie of ['__Host-selvedge_operator', '__Host-selvedge_operator=', `a=${'b'.repeat(5_000)}`, ';;;=;'])
      expect((await raw('/me', { cookie })).status).toBe(401);
    // A cookie without the prefix could be set by a sister site.
    expect((await raw('/me', { cookie: `selvedge_operator=${owner.token}` })).status).toBe(401);
  });
});
