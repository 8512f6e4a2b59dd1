import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExplainedNode } from '../../../core/segment/explain/explained-tree.ts';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

interface Told {
  readonly profile: string;
  readonly member: boolean;
  readonly tree: ExplainedNode;
  readonly token: string;
  readonly items: readonly {
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly note: string | null;
  }[];
}

let shop: Shop;
let profile: string;
const person = unique('c');
const name = unique('Sarah');
const tokens: Record<string, string> = {};

async function ask(role: string, method: string, path: string, body?: object) {
  const token = role === 'owner' ? shop.platform.secrets.operatorToken : tokens[role];
  const headers = { authorization: `Bearer ${token}` };
  const answer = await shop.send(`/v1/admin${path}`, { method, headers, ...(body ? { body } : {}) });
  return { ...answer, told: answer.body as unknown as Told };
}
const values = (node: ExplainedNode): readonly unknown[] => [
  ...(node.kind === 'value' ? [node.value] : []),
  ...node.children.flatMap(values),
];
const newest = async () => (await ask('owner', 'GET', '/audit?limit=1')).told.items[0];

beforeAll(async () => {
  shop = await startShop();
  for (const role of ['analyst', 'editor', 'privacy'])
    tokens[role] = (await ask('owner', 'POST', '/operators', { name: role, role })).told.token;
  const rule = `firstName = "${name}" and xEvent[eventType = "product.viewed"].count() >= 1`;
  await ask('owner', 'PUT', '/segments/named', { name: 'Named', purpose: 'personalization', public: false, rule });
  const offer = { name: 'For her', placements: ['hero'], content: '<p>x</p>', eligibility: `firstName = "${name}"` };
  expect((await ask('owner', 'PUT', '/offers/for-sarah', offer)).status).toBe(201);
  expect((await ask('owner', 'POST', '/publish', {})).status).toBe(201);
  const identities = [{ namespace: 'customer', value: person }];
  await shop.server({
    events: [
      event('profile.updated', { attributes: { firstName: name } }, { identities }),
      viewed('p1', { identities }),
    ],
  });
  profile = (await ask('owner', 'GET', `/people?namespace=customer&value=${person}`)).told.profile;
}, 60_000);
afterAll(() => shop.stop());

it('a role without personal data sees why, but no personal value', async () => {
  const path = `/profiles/explain?profile=${profile}&segment=named`;
  const seen = await ask('privacy', 'GET', path);
  expect(seen.told.member).toBe(true);
  expect(values(seen.told.tree)).toEqual(expect.arrayContaining([name, 1]));
  const masked = await ask('analyst', 'GET', path);
  expect(masked.told.member).toBe(true);
  expect(values(masked.told.tree)).toEqual(expect.arrayContaining(['•••', 1]));
  expect(values(masked.told.tree)).not.toContain(name);
  const offer = await ask('analyst', 'GET', `/profiles/explain?profile=${profile}&offer=for-sarah`);
  expect(offer.told.member).toBe(true);
  expect(values(offer.told.tree)).toEqual(['•••']);
});

it('nor finds people by their ids, nor tries rules on what is hidden', async () => {
  const by = `namespace=customer&value=${person}`;
  expect((await ask('analyst', 'GET', `/people?${by}`)).status).toBe(403);
  expect((await ask('analyst', 'GET', `/profiles/explain?${by}&segment=named`)).status).toBe(403);
  const rule = (text: string) => ask('editor', 'POST', '/profiles/explain', { profile, rule: text });
  const tried = await rule('firstName = "S"');
  expect(tried.status).toBe(403);
  expect(tried.told).toMatchObject({ needs: 'personal', roles: ['privacy', 'owner'] });
  expect((await rule('inSegment("named")')).status).toBe(403);
  expect((await rule('xEvent[eventType = "product.viewed"].count() >= 1')).status).toBe(200);
  expect((await ask('privacy', 'POST', '/profiles/explain', { profile, rule: 'firstName = "S"' })).status).toBe(200);
});

it('every look at a person is in the audit: who, whom and what', async () => {
  const by = `namespace=customer&value=${person}`;
  const look = async (role: string, method: string, path: string, body?: object) => {
    expect((await ask(role, method, path, body)).status).toBe(200);
    const { actor, action, subject, note } = (await newest()) ?? {};
    expect(subject).toBe(profile);
    return [actor, action, note];
  };
  expect(await look('privacy', 'GET', `/people?${by}`)).toEqual(['privacy', 'viewed', null]);
  expect(await look('analyst', 'GET', `/profiles/explain?profile=${profile}&segment=named`)).toEqual([
    'analyst',
    'viewed',
    'explained segment named',
  ]);
  const rule = 'xEvent[eventType = "product.viewed"].count() >= 1';
  expect(await look('editor', 'POST', '/profiles/explain', { profile, rule })).toEqual([
    'editor',
    'viewed',
    'explained a rule of a draft',
  ]);
  expect(await look('privacy', 'GET', `/people/export?${by}`)).toEqual(['privacy', 'exported', null]);
  const cursor = encodeURIComponent(btoa('a\n0'));
  expect(await look('privacy', 'GET', `/people/export?${by}&after=${cursor}`)).toEqual([
    'privacy',
    'exported',
    'a further page',
  ]);
  const split = { identities: [{ namespace: 'customer', value: person }], reason: 'only to see', dryRun: true };
  expect(await look('privacy', 'POST', '/people/split', split)).toEqual(['privacy', 'viewed', 'only to see']);
});
