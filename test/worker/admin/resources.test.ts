import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminHarness,
  ATTRIBUTE,
  fillDrafts,
  MEASURE,
  OFFER,
  PLACEMENT,
  SEGMENT,
  SOURCE,
  sha256,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const RANKER = { id: 'best', name: 'Best', method: 'formula', expression: 'offer.priority * 2' };
const STRATEGY = { id: 'recent', name: 'Recent', sources: [{ use: 'recentlyViewed' }], size: 4 };
const EXPERIMENT = {
  id: 'test',
  name: 'Test',
  status: 'running',
  on: { kind: 'placement', id: PLACEMENT.id },
  variants: [
    { id: 'a', weight: 0.5 },
    { id: 'b', weight: 0.5, value: { use: 'nothing' } },
  ],
  eligibility: 'true',
};

/** What is stored and shown differs from what was put where a rule came as text. */
const TREE = { op: expect.any(String) };
const EXAMPLES = [
  { kind: 'source', path: '/sources', example: SOURCE, shown: SOURCE },
  { kind: 'attribute', path: '/attributes', example: ATTRIBUTE, shown: ATTRIBUTE },
  { kind: 'measure', path: '/measures', example: MEASURE, shown: { ...MEASURE, expression: TREE } },
  { kind: 'segment', path: '/segments', example: SEGMENT, shown: { ...SEGMENT, rule: TREE } },
  { kind: 'placement', path: '/placements', example: PLACEMENT, shown: PLACEMENT },
  { kind: 'offer', path: '/offers', example: OFFER, shown: { ...OFFER, eligibility: TREE } },
  { kind: 'ranker', path: '/rankers', example: RANKER, shown: { ...RANKER, expression: TREE } },
  { kind: 'strategy', path: '/strategies', example: STRATEGY, shown: STRATEGY },
  { kind: 'experiment', path: '/experiments', example: EXPERIMENT, shown: { ...EXPERIMENT, eligibility: TREE } },
];

describe.each(EXAMPLES)('$kind', ({ kind, path, example, shown }) => {
  const one = `${path}/${example.id}`;

  it('is put, read, put back as read, archived, and put again', async () => {
    const operator = await harness.newSpace();
    const made = await operator.call('PUT', one, example);
    expect(made).toMatchObject({
      status: 201,
      body: { id: example.id, version: 1, archived: false, updatedBy: 'ada', resource: shown },
    });
    expect(made.headers.get('etag')).toBe('"1"');
    const read = await operator.call('GET', one);
    expect(read.body).toEqual(made.body);
    expect(await operator.call('PUT', one, read.body.resource)).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await operator.call('PUT', one, { ...read.body.resource, name: 'Other' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect((await operator.call('DELETE', one)).status).toBe(204);
    expect((await operator.call('DELETE', one)).status).toBe(204);
    expect((await operator.call('GET', one)).body).toMatchObject({ archived: true, version: 3 });
    expect((await operator.call('GET', path)).body.items).toEqual([]);
    expect((await operator.call('GET', `${path}?archived=true`)).body.items).toHaveLength(1);
    expect(await operator.call('PUT', one, example)).toMatchObject({
      status: 200,
      body: { version: 4, archived: false },
    });
    const audit = (await operator.call('GET', '/audit')).body.items;
    expect(audit.map((each) => each.action)).toEqual(['put', 'archived', 'put', 'put']);
    expect(audit[2]).toMatchObject({
      actor: 'ada',
      kind,
      subject: example.id,
      beforeVersion: 1,
      afterVersion: 2,
      beforeHash: audit[3]?.afterHash,
    });
  });

  it('refuses what does not fit, with a pointer to each place', async () => {
    const operator = await harness.newSpace();
    const answer = await operator.call('PUT', one, { ...example, name: 7, surprise: true });
    expect(answer).toMatchObject({ status: 422, body: { type: 'https://selvedge.dev/problems/invalid' } });
    expect(answer.body.errors.map((each) => each.pointer).sort()).toEqual(['/name', '/surprise']);
    expect(await operator.call('PUT', `${path}/other`, example)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/id', code: 'idMismatch' }] },
    });
    expect(await operator.call('PUT', `${path}/Bad-Id-`, { ...example, id: 'Bad-Id-' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/id' }] },
    });
    expect((await operator.call('GET', one)).status).toBe(404);
    expect((await operator.call('DELETE', one)).status).toBe(404);
    expect((await operator.call('GET', '/audit')).body.items).toEqual([]);
  });

  it('tells both sides of a conflict', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', one, example);
    expect((await operator.call('PUT', one, { ...example, name: 'Second' }, { 'if-match': '"1"' })).status).toBe(200);
    const late = await operator.call('PUT', one, { ...example, name: 'Late' }, { 'if-match': '"1"' });
    expect(late).toMatchObject({
      status: 409,
      body: {
        type: 'https://selvedge.dev/problems/staleVersion',
        expectedVersion: 1,
        current: { version: 2, resource: { name: 'Second' } },
        yours: { name: 'Late' },
      },
    });
    expect((await operator.call('DELETE', one, undefined, { 'if-match': '1' })).status).toBe(409);
    expect((await operator.call('PUT', one, example, { 'if-none-match': '*' })).status).toBe(409);
    expect((await operator.call('PUT', one, example, { 'if-match': 'soon' })).status).toBe(400);
    expect((await operator.call('DELETE', one, undefined, { 'if-match': '2' })).status).toBe(204);
  });
});

describe('bodies', () => {
  it('are JSON of bounded size', async () => {
    const operator = await harness.newSpace();
    const big = { ...PLACEMENT, fallback: 'x'.repeat(256 * 1024) };
    expect((await operator.call('PUT', '/placements/hero', big)).status).toBe(413);
    expect((await operator.call('PUT', '/placements/hero', '{"id":')).status).toBe(400);
    expect((await operator.call('PUT', '/placements/hero')).status).toBe(415);
    expect((await operator.call('PUT', '/placements/hero', '<a/>', { 'content-type': 'text/xml' })).status).toBe(415);
    expect(
      (await operator.call('PUT', '/placements/hero', PLACEMENT, { 'content-type': 'application/json; charset=utf-8' }))
        .status,
    ).toBe(201);
  });

  it('carry no member that reaches a prototype, and no bottomless nesting', async () => {
    const operator = await harness.newSpace();
    const polluted = `{"id":"hero","name":"Hero","kind":"json","fallback":{"a":[{"__proto__":{"admin":true}}]}}`;
    expect(await operator.call('PUT', '/placements/hero', polluted)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/fallback/a/0', code: 'forbiddenKey' }] },
    });
    const deep = `{"id":"hero","name":"Hero","kind":"json","fallback":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(await operator.call('PUT', '/placements/hero', deep)).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'tooDeep' }] },
    });
  });

  it('need no id: that of the path counts', async () => {
    const operator = await harness.newSpace();
    expect(await operator.call('PUT', '/placements/hero', { name: 'Hero', kind: 'json' })).toMatchObject({
      status: 201,
      body: { resource: { id: 'hero', fallback: null } },
    });
  });
});

describe('decisions', () => {
  it('are put with all they may have, and published', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const { content: _, ...bare } = OFFER;
    const offer = {
      ...bare,
      id: 'full',
      contents: { html: '<p>{{context.city}}</p>' },
      translations: { ko: { content: '<p>안녕</p>' } },
      tags: ['men'],
      item: 'sw-1',
      caps: [{ count: 3, of: 'impression', within: { last: 'P7D' } }],
      suppressAfter: [{ event: 'order.placed', ownItem: true }],
      coolDown: 'P30D',
      exclusionGroup: 'sale',
      budget: { total: 10 },
    };
    const placement = { ...PLACEMENT, count: 2, priority: 3, ranker: 'best', caps: [{ count: 9, of: 'decision' }] };
    for (const [path, resource] of [
      ['rankers', RANKER],
      ['strategies', STRATEGY],
      ['placements', placement],
      ['offers', offer],
      ['experiments', EXPERIMENT],
      ['settings', { id: 'holdout', share: 0.05 }],
    ] as const) {
      const put = await operator.call('PUT', `/${path}/${resource.id}`, resource);
      expect([path, put.status < 300 ? [] : put.body.errors]).toEqual([path, []]);
    }
    expect((await operator.call('GET', '/offers/full')).body.resource).toMatchObject({
      ...offer,
      content: null,
      eligibility: TREE,
    });
    expect((await operator.call('POST', '/publish')).body).toMatchObject({ sequence: 1 });
  });

  it('tell everything that is wrong when they are put, and what else at publish', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const put = await operator.call('PUT', `/offers/${OFFER.id}`, {
      ...OFFER,
      tags: ['a', 'a'],
      caps: [{ count: 0, of: 'impression' }],
      suppressAfter: [{ event: 'order.made' }],
      budget: { total: 0 },
    });
    expect(put.body.errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/budget/total',
      '/caps/0/count',
      '/suppressAfter/0/event',
      '/tags/1',
    ]);
    const formula = await operator.call('PUT', '/rankers/best', { ...RANKER, expression: 'offer.priority *' });
    expect(formula.body.errors).toMatchObject([{ pointer: '/expression', code: 'syntax', line: 1 }]);
    await operator.call('PUT', '/rankers/best', { ...RANKER, expression: 'offer.margin' });
    await operator.call('PUT', `/placements/${PLACEMENT.id}`, { ...PLACEMENT, ranker: 'none' });
    const published = await operator.call('POST', '/publish');
    expect(published.status).toBe(422);
    expect(published.body.errors.map(({ kind, id, pointer, code }) => [kind, id, pointer, code])).toEqual([
      ['ranker', 'best', '/expression', 'unknownOfferMember'],
      ['placement', PLACEMENT.id, '/ranker', 'unknownRanker'],
    ]);
  });
});

describe('lists', () => {
  it('go page by page', async () => {
    const operator = await harness.newSpace();
    for (const id of ['a', 'b', 'c']) await operator.call('PUT', `/placements/${id}`, { ...PLACEMENT, id });
    const first = await operator.call('GET', '/placements?limit=2');
    expect(first.body).toMatchObject({ items: [{ id: 'a' }, { id: 'b' }], next: expect.any(String) });
    expect((await operator.call('GET', `/placements?limit=2&cursor=${first.body.next}`)).body).toMatchObject({
      items: [{ id: 'c' }],
      next: null,
    });
    expect(await operator.call('GET', '/placements?limit=0')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/limit' }] },
    });
    expect(await operator.call('GET', '/placements?page=2')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/page', code: 'unknownField' }] },
    });
  });
});

describe('sources', () => {
  const SECRET = 'correct-horse-battery-staple-0123456789';

  it('get a write key when they bring none', async () => {
    const operator = await harness.newSpace();
    const made = await operator.call('PUT', '/sources/web', SOURCE);
    expect(made.body.resource.writeKeys).toEqual([
      expect.stringMatching(new RegExp(`^wk_${operator.space}\\.[\\w-]{43}$`)),
    ]);
    const again = await operator.call('PUT', '/sources/web', { ...SOURCE, name: 'Renamed' });
    expect(again.body.resource.writeKeys).toEqual(made.body.resource.writeKeys);
  });

  it('never give back a proof secret, keep it when it is left out, and store it encrypted', async () => {
    const operator = await harness.newSpace();
    const withKey = { ...SOURCE, proofKeys: [{ kid: 'k1', alg: 'HS256', secret: SECRET }] };
    const made = await operator.call('PUT', '/sources/web', withKey);
    expect(made.body.resource.proofKeys).toEqual([{ kid: 'k1', alg: 'HS256' }]);
    expect(await operator.call('PUT', '/sources/web', withKey)).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await operator.call('PUT', '/sources/web', made.body.resource)).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    await operator.call('PUT', '/sources/web', { ...withKey, name: 'Other' }, { 'if-match': '1' });
    const conflict = await operator.call('PUT', '/sources/web', withKey, { 'if-match': '1' });
    expect(conflict.status).toBe(409);
    await operator.call('POST', '/publish');
    const audit = await operator.call('GET', '/audit');
    const rows = await harness.db.prepare('SELECT * FROM resource_version WHERE space = ?').bind(operator.space).all();
    const stored = JSON.stringify(rows.results);
    expect(stored).toContain('secretEncrypted');
    for (const place of [
      stored,
      ...[made, conflict, audit].map((each) => JSON.stringify(each.body)),
      harness.logs.join('\n'),
    ]) {
      expect(place).not.toContain(SECRET);
    }
    expect(
      await operator.call('PUT', '/sources/web', { ...SOURCE, proofKeys: [{ kid: 'new', alg: 'HS256' }] }),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/proofKeys/0/secret', code: 'required' }] },
    });
  });

  it('take public keys only in public form', async () => {
    const operator = await harness.newSpace();
    const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(
      (await operator.call('PUT', '/sources/web', { ...SOURCE, proofKeys: [{ kid: 'k', alg: 'EdDSA', publicJwk }] }))
        .status,
    ).toBe(201);
    const leaking = await operator.call('PUT', '/sources/web', {
      ...SOURCE,
      proofKeys: [{ kid: 'k', alg: 'EdDSA', publicJwk: { ...publicJwk, d: 'private-half' } }],
    });
    expect(leaking).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/proofKeys/0/publicJwk/d', code: 'unknownField' }] },
    });
    expect(JSON.stringify(leaking.body)).not.toContain('private-half');
    expect(
      (
        await operator.call('PUT', '/sources/web', {
          ...SOURCE,
          proofKeys: [{ kid: 'k', alg: 'none', secret: SECRET }],
        })
      ).status,
    ).toBe(422);
  });

  it('make server keys that are shown once, side by side, and stored as hashes', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', '/sources/web', SOURCE);
    const made = await Promise.all([1, 2, 3].map(() => operator.call('POST', '/sources/web/server-keys')));
    expect(made.map((each) => each.status)).toEqual([201, 201, 201]);
    const [first] = made;
    expect(first?.body.key).toMatch(new RegExp(`^sk_${operator.space}\\.[\\w-]{43}$`));
    expect(first?.body.hash).toBe(sha256(first?.body.key ?? ''));
    const read = await operator.call('GET', '/sources/web');
    expect([...read.body.resource.serverKeyHashes].sort()).toEqual(made.map((each) => each.body.hash).sort());
    const rows = await harness.db.prepare('SELECT * FROM resource_version WHERE space = ?').bind(operator.space).all();
    expect(JSON.stringify(rows.results)).not.toContain(first?.body.key);
    expect((await operator.call('POST', '/sources/other/server-keys')).status).toBe(404);
  });

  it('never move to another jurisdiction, and name exact origins', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', '/sources/web', { ...SOURCE, jurisdiction: 'eu' });
    expect(await operator.call('PUT', '/sources/web', SOURCE)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/jurisdiction', code: 'immutable' }] },
    });
    for (const origin of [
      'https://shop.example/',
      'shop.example',
      'https://*.example',
      'https://SHOP.example',
      'https://shop.example:443',
      'null',
    ]) {
      expect(
        (await operator.call('PUT', '/sources/app', { ...SOURCE, id: 'app', allowedOrigins: [origin] })).status,
        origin,
      ).toBe(422);
    }
  });
});

describe('audit', () => {
  const tampering = [
    { why: 'altered', sql: `UPDATE audit SET actor = 'nobody' WHERE space = ? AND number = 3`, number: 3 },
    { why: 'missing', sql: 'DELETE FROM audit WHERE space = ? AND number = 2', number: 2 },
    { why: 'truncated', sql: 'DELETE FROM audit WHERE space = ? AND number > 3', number: 4 },
    {
      why: 'body',
      sql: `UPDATE resource_version SET body = replace(body, 'gold', 'all') WHERE space = ? AND kind = 'segment'`,
      number: 3,
    },
  ];
  it.each(tampering)('finds a row that is $why', async ({ why, sql, number }) => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    expect((await operator.call('GET', '/audit/verify')).body).toEqual({ intact: true, entries: 5, broken: null });
    await harness.db.prepare(sql).bind(operator.space).run();
    expect((await operator.call('GET', '/audit/verify')).body).toMatchObject({
      intact: false,
      broken: { number, why },
    });
  });

  it('finds entries that were slipped in behind the head', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await harness.db
      .prepare(
        `INSERT INTO audit SELECT space, 6, at, actor, request_id, action, kind, subject, NULL, NULL, NULL, NULL, note, hash, 'x', NULL FROM audit WHERE space = ? AND number = 5`,
      )
      .bind(operator.space)
      .run();
    expect((await operator.call('GET', '/audit/verify')).body.broken).toEqual({ number: 6, why: 'unlinked' });
  });

  it('takes up a change whose answer was lost, once', async () => {
    const operator = await harness.newSpace();
    await harness.faults({ answersLost: true });
    expect((await operator.call('PUT', '/placements/hero', PLACEMENT)).status).toBe(503);
    await harness.faults({ answersLost: false });
    expect(await operator.call('PUT', '/placements/hero', PLACEMENT)).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    expect((await operator.call('GET', '/audit/verify')).body).toEqual({ intact: true, entries: 1, broken: null });
  });
});
