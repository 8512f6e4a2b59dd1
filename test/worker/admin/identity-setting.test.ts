import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminHarness, fillDrafts, startAdminHarness } from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const crm = { code: 'crm', type: 'person', unique: true, priority: 1 };
const shop = { code: 'shop', type: 'person', priority: 2, pattern: 'S-\\d{4}' };
const SETTING = '/settings/identity';

interface Part {
  readonly namespaces: readonly { readonly code: string }[];
}
interface Published {
  readonly parts: Readonly<Record<string, string>>;
  readonly warnings: readonly { readonly pointer: string; readonly code: string }[];
}

describe('the setting of identities', () => {
  it('is absent until it is put, and every ruleset has a part of it all the same', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    expect((await operator.call('GET', SETTING)).status).toBe(404);
    const published = (await operator.call('POST', '/publish')).body as unknown as Published;
    expect(published.warnings).toEqual([]);
    const part = JSON.parse(
      (await harness.kvGet(`${operator.space}/part/${published.parts.identity}`)) ?? 'null',
    ) as Part | null;
    expect(part?.namespaces.map(({ code }) => code)).toEqual([
      'customer',
      'crm',
      'loyalty',
      'email',
      'phone',
      'device',
      'anonymous',
    ]);
  });

  it('is shown with everything written out, put back as it was, and published as a part of its own', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const first = (await operator.call('POST', '/publish')).body as unknown as Published;
    const put = await operator.call('PUT', SETTING, {
      namespaces: [crm, shop],
      policy: { anonymousHistory: 'follow-device' },
    });
    expect(put).toMatchObject({
      status: 201,
      body: {
        resource: {
          id: 'identity',
          namespaces: [
            { code: 'crm', limit: 1 },
            { code: 'shop', linkTrust: 'verified' },
            { code: 'device' },
            { code: 'anonymous' },
          ],
          policy: { anonymousHistory: 'follow-device', displace: 'authenticated' },
          limits: { maxIdentities: 50 },
        },
      },
    });
    expect(await operator.call('PUT', SETTING, put.body.resource)).toMatchObject({ status: 200, body: { version: 1 } });
    const second = (await operator.call('POST', '/publish')).body as unknown as Published;
    const changed = Object.keys(second.parts).filter((name) => second.parts[name] !== first.parts[name]);
    expect(changed).toEqual(['identity', 'content']);
    expect(second.warnings.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(
      Array.from({ length: 4 }, () => '/namespaces namespaceRemoved'),
    );
    const added = { ...crm, code: 'till', unique: false, priority: 9 };
    const resource = put.body.resource as unknown as { readonly namespaces: readonly object[] };
    const more = { ...resource, namespaces: [...resource.namespaces.slice(0, 2), added] };
    await operator.call('PUT', SETTING, more);
    expect(((await operator.call('POST', '/publish')).body as unknown as Published).warnings).toEqual([]);
    // What a rollback takes away again is said too.
    const back = (await operator.call('POST', '/rollback', { sequence: 2 })).body as unknown as Published;
    expect([back.warnings.map(({ code }) => code), back.parts.identity]).toEqual([
      ['namespaceRemoved'],
      second.parts.identity,
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a reserved namespace of another type', { namespaces: [{ ...crm, code: 'device' }] }, '/namespaces/0/type'],
    ['an expression that takes for ever', { namespaces: [{ ...crm, pattern: '(a+)+' }] }, '/namespaces/0/pattern'],
    ['a limit above that of the product', { limits: { maxIdentities: 100 } }, '/limits/maxIdentities'],
    ['a time to live of single identities', { policy: { identityTtlMs: 86_400_000 } }, '/policy/identityTtlMs'],
    ['a blocked value of no namespace', { blocked: [{ namespace: 'x', match: 'blank' }] }, '/blocked/0/namespace'],
    ['a member of the other setting', { timeZone: 'UTC' }, '/timeZone'],
  ])('is refused when it is put: %s', async (_, body, pointer) => {
    const operator = await harness.newSpace();
    const answer = await operator.call('PUT', SETTING, body);
    expect([answer.status, answer.body.errors.map((each) => each.pointer)]).toEqual([422, [pointer]]);
  });

  it('stands beside the setting of the rules', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', '/settings/ruleset', { timeZone: 'Europe/Berlin' });
    await operator.call('PUT', SETTING, {});
    const { items } = (await operator.call('GET', '/settings')).body;
    expect(items).toMatchObject([{ id: 'identity' }, { id: 'ruleset' }]);
    expect((await operator.call('PUT', '/settings/other', {})).status).toBe(422);
  });
});
