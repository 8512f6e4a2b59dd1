import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import {
  type AdminHarness,
  ATTRIBUTE,
  type Operator,
  SEGMENT,
  SOURCE,
  startAdminHarness,
} from '../../../support/admin-harness.ts';

let harness: AdminHarness;
let owner: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  owner = await harness.newSpace();
});
afterAll(() => harness.stop());

const NAMES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '</script><svg/onload=alert(1)>',
  '=HYPERLINK("http://evil.example")',
  '{{constructor.constructor("alert(1)")()}}',
  '\u2028\u2029\u202eevil',
];

function isGuarded(headers: Headers): void {
  expect(headers.get('content-type')).toMatch(/^application\/(?:problem\+)?json/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
}

describe('what operators write', () => {
  it.each(NAMES)('comes back as it was, as data that no browser runs: %j', async (name) => {
    await owner.call('PUT', '/attributes/loyaltyTier', ATTRIBUTE);
    await owner.call('PUT', '/sources/web', SOURCE);
    const put = await owner.call('PUT', '/segments/gold', { ...SEGMENT, name });
    expect([200, 201]).toContain(put.status);
    for (const path of ['/segments/gold', '/segments']) {
      const answer = await owner.call('GET', path);
      const found = path === '/segments' ? answer.body.items[0] : answer.body;
      expect((found as unknown as { resource: { name: string } }).resource.name).toBe(name);
      isGuarded(answer.headers);
    }
  });

  it('is in no problem as anything else', async () => {
    for (const name of NAMES) {
      const id = encodeURIComponent(name);
      for (const [method, path, body] of [
        ['GET', `/segments/${id}`, undefined],
        ['PUT', `/segments/${id}`, { ...SEGMENT, id: name, rule: name }],
        ['POST', '/operators', { name, role: 'viewer' }],
        ['GET', `/people?namespace=${id}&value=${id}`, undefined],
        ['GET', `/sign-in?space=${id}`, undefined],
      ] as const) {
        const answer = await owner.call(method, path, body);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        isGuarded(answer.headers);
      }
    }
  });

  it.each(ADMIN_OPERATIONS)('is answered by $id with the same guards, to whoever asks', async ({ method, path }) => {
    const url = `/v1/admin${path.replaceAll(/\{\w+\}/g, 'nobody')}`;
    isGuarded((await harness.fetch(url, { method: method.toUpperCase() })).headers);
    if (path === '/live/tail') return;
    const answer = await owner.call(
      method.toUpperCase(),
      url.slice('/v1/admin'.length),
      method === 'get' ? undefined : '{}',
    );
    if (answer.status !== 204) isGuarded(answer.headers);
  });
});
