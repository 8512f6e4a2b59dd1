import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminHarness,
  ATTRIBUTE,
  MEASURE,
  OFFER,
  type Operator,
  PLACEMENT,
  SEGMENT,
  SOURCE,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const SECRET = 'correct-horse-battery-staple-0123456789';
const HALVES = [
  { id: 'a', weight: 0.5 },
  { id: 'b', weight: 0.5, value: { use: 'nothing' } },
];
const EXPERIMENT = {
  id: 'test',
  name: 'Test',
  status: 'running',
  startedAt: '2026-11-01T00:00:00Z',
  on: { kind: 'placement', id: 'hero' },
  variants: HALVES,
};
const KINDS = [
  { path: '/sources', one: SOURCE },
  { path: '/attributes', one: ATTRIBUTE },
  { path: '/measures', one: MEASURE },
  { path: '/segments', one: SEGMENT },
  { path: '/placements', one: PLACEMENT },
  { path: '/offers', one: OFFER },
  { path: '/rankers', one: { id: 'best', name: 'Best', method: 'formula', expression: 'offer.priority * 2' } },
  { path: '/experiments', one: EXPERIMENT },
  { path: '/strategies', one: { id: 'recent', name: 'Recent', sources: [{ use: 'recentlyViewed' }], size: 4 } },
  { path: '/tracking-plans', one: { id: 'web', name: 'Web', events: { 'page.viewed': {} } } },
  { path: '/settings', one: { id: 'ruleset', timeZone: 'UTC', description: 'Old' } },
];

type Any = Readonly<Record<string, unknown>> & { readonly items: readonly Any[]; readonly resource: Any };

async function ask(operator: Operator, method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  const answer = await operator.call(method, path, body, headers);
  return { ...answer, body: answer.body as unknown as Any };
}

describe.each(KINDS)('the history of $path', ({ path, one }) => {
  const at = `${path}/${one.id}`;

  it('has every version, says what each changed, and brings any of them back', async () => {
    const operator = await harness.newSpace();
    const made = await ask(operator, 'PUT', at, one);
    await ask(operator, 'PUT', at, { ...made.body.resource, description: 'New', tags: ['x'] });
    await ask(operator, 'DELETE', at);
    const versions = await ask(operator, 'GET', `${at}/versions?limit=2`);
    expect(versions.body).toMatchObject({
      items: [
        { version: 3, actor: 'ada', archived: true, size: expect.any(Number) },
        { version: 2, archived: false },
      ],
      next: 2,
    });
    expect((await ask(operator, 'GET', `${at}/versions?before=2`)).body).toMatchObject({
      items: [{ version: 1 }],
      next: null,
    });
    expect((await ask(operator, 'GET', `${at}/versions/1`)).body).toEqual(made.body);
    const old = 'description' in one ? one.description : null;
    expect((await ask(operator, 'GET', `${at}/versions/2/diff`)).body).toEqual({
      from: 1,
      to: 2,
      archived: { before: false, after: false },
      changes: expect.arrayContaining([
        { path: 'description', pointer: '/description', before: old, after: 'New' },
        { path: 'tags', pointer: '/tags', before: null, after: '["x"]' },
      ]),
    });
    expect((await ask(operator, 'GET', `${at}/versions/3/diff`)).body).toMatchObject({
      archived: { before: false, after: true },
      changes: [],
    });
    expect((await ask(operator, 'GET', `${at}/versions/1/diff`)).body).toMatchObject({ from: null, to: 1 });
    expect((await ask(operator, 'GET', `${at}/versions/1/diff?with=2`)).body.changes).toHaveLength(2);

    const back = await ask(operator, 'POST', `${at}/restore`);
    expect(back).toMatchObject({
      status: 200,
      body: { version: 4, archived: false, resource: { description: 'New' } },
    });
    expect((await ask(operator, 'POST', `${at}/restore`, {})).body.version).toBe(4);
    const first = await ask(operator, 'POST', `${at}/restore`, { version: 1 }, { 'if-match': '"4"' });
    expect(first).toMatchObject({ status: 200, body: { version: 5, resource: made.body.resource } });
    expect(first.headers.get('etag')).toBe('"5"');
    expect(await ask(operator, 'POST', `${at}/restore`, { version: 2 }, { 'if-match': '"4"' })).toMatchObject({
      status: 409,
      body: { expectedVersion: 4, current: { version: 5 } },
    });
  });

  it('tells what is not there', async () => {
    const operator = await harness.newSpace();
    for (const [method, below] of [
      ['GET', '/versions'],
      ['GET', '/versions/1'],
      ['GET', '/versions/1/diff'],
      ['POST', '/restore'],
      ['GET', '/uses'],
    ] as const) {
      expect([below, (await ask(operator, method, at + below)).status]).toEqual([below, 404]);
    }
    await ask(operator, 'PUT', at, one);
    for (const below of ['/versions/2', '/versions/none', '/versions/0', '/versions/1/diff?with=7']) {
      expect([below, (await ask(operator, 'GET', at + below)).status]).toEqual([below, 404]);
    }
    expect((await ask(operator, 'POST', `${at}/restore`, { version: 9 })).status).toBe(404);
    expect((await ask(operator, 'POST', `${at}/restore`, { version: 0 })).status).toBe(422);
    expect((await ask(operator, 'GET', `${at}/versions/1/diff?with=none`)).status).toBe(400);
  });

  it.skipIf(path === '/settings')('can be begun anew under another id', async () => {
    const operator = await harness.newSpace();
    await ask(operator, 'PUT', at, { ...one, folder: 'a' });
    const copied = await ask(operator, 'POST', `${at}/copy`, { id: 'other', name: 'Other' });
    expect(copied).toMatchObject({
      status: 201,
      body: { id: 'other', version: 1, resource: { id: 'other', name: 'Other', folder: 'a' } },
    });
    expect(await ask(operator, 'POST', `${at}/copy`, { id: 'other' })).toMatchObject({
      status: 409,
      body: { type: 'https://selvedge.dev/problems/conflict' },
    });
    expect(await ask(operator, 'POST', `${at}/copy`, { id: 'Not An Id' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/id' }] },
    });
    expect((await ask(operator, 'POST', `${path}/nobody/copy`, { id: 'c' })).status).toBe(404);
  });
});

describe('a copy', () => {
  it('is a test that nobody has started', async () => {
    const operator = await harness.newSpace();
    await ask(operator, 'PUT', '/experiments/test', EXPERIMENT);
    const copied = await ask(operator, 'POST', '/experiments/test/copy', { id: 'again' });
    expect(copied.body.resource).toMatchObject({ status: 'draft', name: 'Test' });
    expect(copied.body.resource).not.toHaveProperty('startedAt');
  });

  it('is a source with keys of its own, and settings have none', async () => {
    const operator = await harness.newSpace();
    const made = await ask(operator, 'PUT', '/sources/web', {
      ...SOURCE,
      proofKeys: [{ kid: 'k1', alg: 'HS256', secret: SECRET }],
    });
    await ask(operator, 'POST', '/sources/web/server-keys');
    const { resource } = (await ask(operator, 'POST', '/sources/web/copy', { id: 'app' })).body;
    expect(resource).toMatchObject({ serverKeyHashes: [], proofKeys: [], allowedOrigins: SOURCE.allowedOrigins });
    expect(resource.writeKeys).not.toEqual(made.body.resource.writeKeys);
    await ask(operator, 'PUT', '/settings/ruleset', { id: 'ruleset' });
    expect((await ask(operator, 'POST', '/settings/ruleset/copy', { id: 'x' })).status).toBe(404);
  });
});

describe('old versions of a source', () => {
  it('never tell a secret, but tell that one changed, and bring back no key that was taken away', async () => {
    const operator = await harness.newSpace();
    const keys = (secret: string) => ({ ...SOURCE, proofKeys: [{ kid: 'k1', alg: 'HS256', secret }] });
    await ask(operator, 'PUT', '/sources/web', keys(SECRET));
    await ask(operator, 'PUT', '/sources/web', keys(`${SECRET}-other`));
    const { key } = (await operator.call('POST', '/sources/web/server-keys')).body;
    await ask(operator, 'PUT', '/sources/web', { ...SOURCE, serverKeyHashes: [], proofKeys: [] });
    const answers = await Promise.all(
      ['/versions', '/versions/1', '/versions/2/diff', '/versions/4/diff?with=1'].map((below) =>
        ask(operator, 'GET', `/sources/web${below}`),
      ),
    );
    expect(answers[2]?.body.changes).toEqual([
      { path: 'proofKeys.k1.secret', pointer: '/proofKeys/0/secret', before: '••••••', after: '••••••' },
    ]);
    const restored = await ask(operator, 'POST', '/sources/web/restore', { version: 3 });
    expect(restored.body.resource).toMatchObject({ serverKeyHashes: [], proofKeys: [] });
    const { results } = await harness.db
      .prepare(`SELECT body FROM resource_version WHERE space = ?1 AND body LIKE '%secretEncrypted%'`)
      .bind(operator.space)
      .all<{ body: string }>();
    const sealed = results.flatMap(({ body }) => /"secretEncrypted":"([^"]+)"/.exec(body)?.[1] ?? []);
    expect(sealed.length).toBeGreaterThan(1);
    const told = JSON.stringify([...answers, restored].map((each) => each.body));
    for (const secret of [SECRET, key, ...sealed]) expect(told).not.toContain(secret);
  });

  it('are for those alone who hold credentials', async () => {
    const owner = await harness.newSpace();
    await ask(owner, 'PUT', '/sources/web', SOURCE);
    await ask(owner, 'PUT', '/segments/gold', SEGMENT);
    const { token } = (await owner.call('POST', '/operators', { name: 'ed', role: 'editor' })).body;
    const editor = harness.as(token);
    expect((await ask(editor, 'GET', '/sources/web/versions')).status).toBe(200);
    expect((await ask(editor, 'POST', '/sources/web/restore', { version: 1 })).status).toBe(403);
    expect((await ask(editor, 'POST', '/sources/web/copy', { id: 'app' })).status).toBe(403);
    expect((await ask(editor, 'POST', '/segments/gold/copy', { id: 'silver' })).status).toBe(201);
  });

  it('that an older version of the code wrote are refused where they fit no more', async () => {
    const operator = await harness.newSpace();
    await ask(operator, 'PUT', '/segments/gold', SEGMENT);
    await ask(operator, 'PUT', '/segments/gold', { ...SEGMENT, name: 'Other' });
    await harness.db
      .prepare(
        `UPDATE resource_version SET body = replace(body, '"public":true', '"open":true') WHERE space = ?1 AND version = 1`,
      )
      .bind(operator.space)
      .run();
    expect(await ask(operator, 'POST', '/segments/gold/restore', { version: 1 })).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/open' })]) },
    });
    expect((await ask(operator, 'GET', '/segments/gold/versions/2/diff')).body.changes).toHaveLength(3);
  });
});
