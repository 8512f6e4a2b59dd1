import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { type AdminHarness, type Operator, startAdminHarness } from '../../../support/admin-harness.ts';

let harness: AdminHarness;
let owner: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  owner = await harness.newSpace();
});
afterAll(() => harness.stop());

type Schema = Readonly<Record<string, unknown>>;
const withBody = ADMIN_OPERATIONS.flatMap((operation) =>
  operation.body === undefined ? [] : [{ id: operation.id, operation, body: operation.body }],
);

/** Places in a schema that take members which it does not name. Maps (`additionalProperties: {…}`) have keys of the operator's own, and bounded values. */
function openPlaces(schema: unknown, at: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((each, i) => openPlaces(each, `${at}/${i}`));
  const { properties, additionalProperties } = schema as Schema;
  const isOpen = properties !== undefined && additionalProperties !== false;
  return [
    ...(isOpen ? [at] : []),
    ...Object.entries(schema).flatMap(([name, value]) => openPlaces(value, `${at}/${name}`)),
  ];
}

/** What tells apart the forms that a body may have; one empty one where it has one form. */
function formsOf(body: z.ZodType): readonly Readonly<Record<string, unknown>>[] {
  const schema = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  const forms = leavesOf(schema, (schema.$defs ?? {}) as Readonly<Record<string, Schema>>).map(({ properties = {} }) =>
    Object.fromEntries(
      Object.entries(properties as Readonly<Record<string, Schema>>).flatMap(([name, { const: is }]) =>
        is === undefined ? [] : [[name, is]],
      ),
    ),
  );
  return forms.length > 0 ? forms : [{}];
}

/** The alternatives of a schema, and theirs. */
function leavesOf(schema: Schema, defs: Readonly<Record<string, Schema>>): readonly Schema[] {
  const { $ref, oneOf, anyOf } = schema as {
    readonly $ref?: string;
    readonly oneOf?: Schema[];
    readonly anyOf?: Schema[];
  };
  if ($ref !== undefined) return leavesOf(defs[$ref.split('/').at(-1) ?? ''] ?? {}, defs);
  const alternatives = oneOf ?? anyOf;
  return alternatives ? alternatives.flatMap((each) => leavesOf(each, defs)) : [schema];
}

describe('members that nobody asked for', () => {
  it('are looked for in every operation with a body', () => {
    expect(withBody.length).toBeGreaterThan(20);
  });

  it.each(withBody)('are refused by $id', async ({ id, operation: { method, path }, body }) => {
    const intruders = { isAdmin: true, space: 'main', createdBy: 'bootstrap', hash: 'x' };
    for (const form of formsOf(body)) {
      const url = path.replaceAll(/\{\w+\}/g, String(form.id ?? 'nobody'));
      const answer = await owner.call(method.toUpperCase(), url, { ...form, ...intruders });
      expect([id, form, answer.status]).toEqual([id, form, 422]);
      expect(JSON.stringify(answer.body.errors)).toMatch(/unrecognized|invalid_union|isAdmin/i);
    }
  });

  it.each(withBody)('have no place deep inside $id', ({ body }) => {
    const schema = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any', cycles: 'ref' });
    expect(openPlaces(schema, '')).toEqual([]);
  });

  it('nor do names that every object has', async () => {
    for (const text of [
      '{"__proto__":{"role":"owner"},"name":"x","role":"viewer"}',
      '{"constructor":{"prototype":{"role":"owner"}},"name":"x","role":"viewer"}',
    ]) {
      const answer = await owner.call('POST', '/operators', text);
      expect(answer.status).toBe(422);
    }
    expect((await owner.call('GET', '/operators')).body.items).toHaveLength(1);
  });
});
