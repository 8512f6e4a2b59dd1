import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR_ROLES, type OperatorRole } from '../../../core/ruleset/operator-rights.ts';
import { ADMIN_OPERATIONS } from '../../../worker/admin/admin-app.ts';
import { PERMISSIONS, ROLES, SCOPES } from '../../../worker/admin/roles.ts';
import type { Operation } from '../../../worker/admin/route.ts';
import { type AdminHarness, fillDrafts, type Operator, startAdminHarness } from '../../support/admin-harness.ts';

let harness: AdminHarness;
let owner: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  owner = await harness.newSpace();
  await fillDrafts(owner);
});
afterAll(() => harness.stop());

/** What the page tells people: operation → the roles that may. */
const promised: ReadonlyMap<string, ReadonlySet<string>> = (() => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/roles.md'), 'utf8');
  const [head = [], , ...rows] = page
    .slice(page.indexOf('## Operations'))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows.map((cells) => [
      (cells[1] ?? '').replaceAll('`', ''),
      new Set(head.filter((name, i) => (OPERATOR_ROLES as readonly string[]).includes(name) && cells[i] === 'yes')),
    ]),
  );
})();

async function tokenOf(role: OperatorRole, more: object = {}, name: string = role): Promise<Operator> {
  const made = await owner.call('POST', '/operators', { name, role, ...more });
  expect(made.status).toBe(201);
  return harness.as(made.body.token);
}

/** Everything that a call could have changed. */
async function state(): Promise<unknown> {
  const tables = ['audit', 'resource', 'operator_token', 'erasure'];
  const counts = tables.map((table) =>
    harness.db.prepare(`SELECT count(*) AS n FROM ${table} WHERE space = ?`).bind(owner.space).first('n'),
  );
  return Promise.all([...counts, owner.call('GET', '/sequences').then(({ body }) => body.items.length)]);
}

describe('the table of roles', () => {
  it('has a line for every operation, and every operation a scope', () => {
    expect([...promised.keys()].sort()).toEqual(ADMIN_OPERATIONS.map(({ id }) => id).sort());
    const tags = new Set(ADMIN_OPERATIONS.map(({ tag }) => tag));
    expect([...tags].filter((tag) => !(SCOPES as readonly string[]).includes(tag))).toEqual([]);
    expect(SCOPES.filter((scope) => !tags.has(scope))).toEqual([]);
  });

  it('cannot be forgotten: an operation that names no permission does not compile', () => {
    const { needs: _, ...lacking } = ADMIN_OPERATIONS[0] as Operation;
    // @ts-expect-error needs is missing
    const operation: Operation = lacking;
    expect(operation.needs).toBeUndefined();
  });

  it('lets nobody but the owner hold everything, and gives every permission to an operation', () => {
    const needed = new Set(ADMIN_OPERATIONS.map(({ needs }) => needs));
    expect(Object.keys(PERMISSIONS).filter((one) => !needed.has(one as keyof typeof PERMISSIONS))).toEqual([]);
    expect([...ROLES.owner.may].sort()).toEqual(Object.keys(PERMISSIONS).sort());
  });

  it.each(OPERATOR_ROLES)(
    'is what the API goes by: %s',
    async (role) => {
      const operator = await tokenOf(role);
      const [may, mayNot] = [true, false].map((is) =>
        ADMIN_OPERATIONS.filter(({ id }) => promised.get(id)?.has(role) === is),
      );
      // Refused before the request is looked at, so a fine one and a malformed one alike.
      const ask = ({ method, path }: (typeof ADMIN_OPERATIONS)[number], body: unknown) =>
        operator.call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'nobody'), method === 'get' ? undefined : body);
      const before = await state();
      for (const operation of mayNot ?? []) {
        const answer = await ask(operation, operation.method === 'put' ? '{' : {});
        expect([operation.id, answer.status]).toEqual([operation.id, 403]);
        expect(answer.body).toMatchObject({
          type: 'https://selvedge.dev/problems/forbidden',
          detail: expect.stringContaining(`has the role ${role}`),
          needs: operation.needs,
          roles: [...(promised.get(operation.id) ?? [])],
        });
      }
      expect(await state()).toEqual(before);
      for (const operation of may ?? []) {
        const { status } = await ask(operation, {});
        // A segment asked about by no profile is refused by what it names, not by the role.
        if (!operation.id.startsWith('explain') || ROLES[role].may.has('personal')) {
          expect([operation.id, status === 403]).toEqual([operation.id, false]);
        }
      }
      expect((may ?? []).length + (mayNot ?? []).length).toBe(ADMIN_OPERATIONS.length);
    },
    60_000,
  );
});

describe('scopes', () => {
  it('limit a token to parts of what its role may do', async () => {
    const scoped = await tokenOf('editor', { scopes: ['segments', 'rules'], kind: 'service' }, 'pipeline');
    expect((await scoped.call('GET', '/segments')).status).toBe(200);
    expect((await scoped.call('DELETE', '/segments/nothing')).status).toBe(404);
    expect(await scoped.call('GET', '/offers')).toMatchObject({
      status: 403,
      body: { detail: 'This token is limited to segments, rules; this belongs to offers.', scope: 'offers' },
    });
    expect(await scoped.call('GET', '/me')).toMatchObject({
      status: 200,
      body: { name: 'pipeline', kind: 'service', role: 'editor', scopes: ['segments', 'rules'], expiresAt: null },
    });
  });
});
