import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { ROLES, SCOPES } from '../../../../worker/admin/roles.ts';
import {
  type AdminHarness,
  fillDrafts,
  type Operator,
  PLACEMENT,
  SOURCE,
  startAdminHarness,
} from '../../../support/admin-harness.ts';

let harness: AdminHarness;
let owner: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  owner = await harness.newSpace();
  await fillDrafts(owner);
});
afterAll(() => harness.stop());

let serial = 0;
async function operator(role: string, more: object = {}): Promise<Operator> {
  const made = await owner.call('POST', '/operators', { name: `op-${++serial}`, role, ...more });
  expect(made.status).toBe(201);
  return harness.as(made.body.token);
}
const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, 'nobody');
const sourceNow = async () => JSON.stringify((await owner.call('GET', '/sources/web')).body.resource);

describe('scopes', () => {
  it.each(SCOPES)('without %s keep even an owner from all that belongs to it', async (scope) => {
    const others = SCOPES.filter((each) => each !== scope);
    const limited = await operator('owner', { scopes: others });
    const belonging = ADMIN_OPERATIONS.filter(({ tag, needs }) => tag === scope && needs !== 'self');
    expect(belonging.length).toBeGreaterThan(0);
    for (const { id, method, path } of belonging) {
      const answer = await limited.call(method.toUpperCase(), pathOf(path), method === 'get' ? undefined : {});
      expect([id, answer.status, answer.body]).toEqual([id, 403, expect.objectContaining({ scope })]);
    }
    await owner.call('DELETE', `/operators/op-${serial}`);
  });
});

describe('somebody who may edit, and not make keys', () => {
  const evil = { ...SOURCE, allowedOrigins: ['https://evil.example'] };
  const tries: readonly (readonly [string, (editor: Operator) => Promise<unknown>])[] = [
    ['a change', (editor) => editor.call('PUT', '/sources/web', evil)],
    ['a copy', (editor) => editor.call('POST', '/sources/web/copy', { id: 'web2' })],
    ['an old version', (editor) => editor.call('POST', '/sources/web/restore', { version: 1 })],
    ['an archive', (editor) => editor.call('DELETE', '/sources/web')],
    ['a server key', (editor) => editor.call('POST', '/sources/web/server-keys', {})],
    [
      'an import of drafts',
      (editor) =>
        editor.call('POST', '/import?into=drafts', {
          format: 1,
          resources: [
            { kind: 'source', resource: evil },
            { kind: 'operator', resource: { name: 'me', role: 'owner' } },
          ],
        }),
    ],
    [
      'an import of sources alone',
      (editor) =>
        editor.call('POST', '/import?into=drafts', { format: 1, resources: [{ kind: 'source', resource: evil }] }),
    ],
    [
      'an import into a change set',
      (editor) => editor.call('POST', '/import', { format: 1, resources: [{ kind: 'source', resource: evil }] }),
    ],
    [
      'a change set',
      async (editor) => {
        const set = (await editor.call('POST', '/change-sets', { title: 'Mine' })).body as unknown as { id: string };
        const item = `/change-sets/${set.id}/items/source/web`;
        expect((await editor.call('PUT', item, { resource: evil })).status).toBe(403);
        expect((await editor.call('PUT', item, { archive: true })).status).toBe(403);
      },
    ],
  ];

  it.each(tries)('gets no source changed by %s', async (_, attempt) => {
    const before = await sourceNow();
    for (const role of ['editor', 'publisher'] as const) {
      await attempt(await operator(role));
      expect(await sourceNow()).toBe(before);
    }
    const sets = (await owner.call('GET', '/change-sets')).body.items as unknown as readonly { id: string }[];
    for (const { id } of sets)
      expect(JSON.stringify((await owner.call('GET', `/change-sets/${id}`)).body)).not.toContain('evil.example');
    expect((await owner.call('GET', '/sources')).body.items).toHaveLength(1);
  });

  it('gets no more out of the one scope that they have', async () => {
    const sets = await operator('owner', { scopes: ['changeSets', 'resources'] });
    const set = (await sets.call('POST', '/change-sets', { title: 'Mine' })).body as unknown as { id: string };
    const put = await sets.call('PUT', `/change-sets/${set.id}/items/placement/hero`, { resource: PLACEMENT });
    expect(put.status).toBe(403);
    const imported = await sets.call('POST', '/import?into=drafts', {
      format: 1,
      resources: [{ kind: 'placement', resource: { ...PLACEMENT, name: 'Taken over' } }],
    });
    expect(imported.body.items).toMatchObject([{ outcome: 'refused', errors: [{ code: 'forbidden' }] }]);
  });
});

describe('a review', () => {
  it('is by somebody else, whatever the maker does, and by nobody who was asked before an edit', async () => {
    const own = await harness.newSpace();
    await fillDrafts(own);
    await own.call('PUT', '/settings/review', { approvals: 1 });
    expect((await own.call('POST', '/publish')).status).toBe(201);
    const made = await own.call('POST', '/operators', { name: 'maker', role: 'publisher' });
    const other = await own.call('POST', '/operators', { name: 'other', role: 'publisher' });
    const [maker, second] = [harness.as(made.body.token), harness.as(other.body.token)];
    const read = async (id: string) => (await maker.call('GET', `/change-sets/${id}`)).body as unknown as Set;
    interface Set {
      readonly id: string;
      readonly hash: string;
      readonly state: string;
    }
    const set = (await maker.call('POST', '/change-sets', { title: 'Mine' })).body as unknown as Set;
    const item = `/change-sets/${set.id}/items/placement/hero`;
    await maker.call('PUT', item, { resource: { ...PLACEMENT, name: 'One' } });
    // Not directly, not as its own reviewer, not by taking the review away first.
    expect((await maker.call('POST', `/change-sets/${set.id}/publish`)).status).toBe(409);
    await maker.call('PUT', '/settings/review', { approvals: 0 });
    expect((await maker.call('POST', '/publish')).status).toBe(409);
    await maker.call('DELETE', '/settings/review');
    expect((await maker.call('POST', '/publish')).status).toBe(409);
    await maker.call('POST', `/change-sets/${set.id}/submit`);
    const looked = await read(set.id);
    expect((await maker.call('POST', `/change-sets/${set.id}/approve`, { hash: looked.hash })).status).toBe(403);
    // Slipped in after the reviewer looked.
    await maker.call('PUT', item, { resource: { ...PLACEMENT, name: 'Two' } });
    await maker.call('POST', `/change-sets/${set.id}/submit`);
    expect((await second.call('POST', `/change-sets/${set.id}/approve`, { hash: looked.hash })).status).toBe(409);
    const now = await read(set.id);
    expect((await second.call('POST', `/change-sets/${set.id}/approve`, { hash: now.hash })).status).toBe(200);
    await maker.call('PUT', item, { resource: { ...PLACEMENT, name: 'Three' } });
    expect((await maker.call('POST', `/change-sets/${set.id}/publish`)).status).toBe(409);
  });
});

describe('roles', () => {
  it('hold each other in: whoever has more may do all that whoever has less may', () => {
    const may = (role: keyof typeof ROLES) => [...ROLES[role].may];
    for (const [less, more] of [
      ['viewer', 'analyst'],
      ['analyst', 'editor'],
      ['editor', 'publisher'],
      ['publisher', 'owner'],
      ['analyst', 'privacy'],
      ['privacy', 'owner'],
    ] as const)
      expect([less, may(less).filter((one) => !ROLES[more].may.has(one))]).toEqual([less, []]);
  });

  it('that change no operator cannot come by one', async () => {
    for (const role of ['viewer', 'analyst', 'editor', 'publisher', 'privacy'] as const) {
      const made = await operator(role);
      const name = `op-${serial}`;
      for (const [method, path, body] of [
        ['POST', '/operators', { name: 'mine', role: 'viewer' }],
        ['POST', '/operators', { name: 'mine', role: 'viewer', email: 'me@example.org' }],
        ['PUT', `/operators/${name}`, { role: 'owner' }],
        ['POST', `/operators/${name}/rotate`, {}],
        ['DELETE', '/operators/ada', undefined],
        ['GET', '/operators', undefined],
        ['GET', '/sessions?of=all', undefined],
      ] as const)
        expect([role, path, (await made.call(method, path, body)).status]).toEqual([role, path, 403]);
    }
  });
});
