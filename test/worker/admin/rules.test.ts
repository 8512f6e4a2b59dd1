import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminHarness,
  ATTRIBUTE,
  fillDrafts,
  MEASURE,
  OFFER,
  type Operator,
  SEGMENT,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const segment = (rule: unknown) => ({ ...SEGMENT, rule });
const put = (operator: Operator, rule: unknown, id = 'gold') =>
  operator.call('PUT', `/segments/${id}`, { ...segment(rule), id });
const check = (operator: Operator, rule: unknown, more: object = {}) =>
  operator.call('POST', '/rules/check', { rule, ...more });

describe('a rule', () => {
  it('is put as text, shown as tree, text and sentence, and put back as shown', async () => {
    const operator = await harness.newSpace();
    const text = 'loyaltyTier   =  "gold" AND xEvent[type="order.placed"].count()>=2 // twice';
    const made = await put(operator, text);
    expect(made).toMatchObject({
      status: 201,
      body: {
        resource: { rule: { op: 'and' }, observed: false },
        views: { text: 'loyaltyTier = "gold" and xEvent[type = "order.placed"].count() >= 2' },
      },
    });
    expect(made.body.views?.sentence).toContain('at least 2');
    for (const again of [made.body.resource, segment(text), segment(made.body.views?.text)]) {
      expect(await operator.call('PUT', '/segments/gold', again)).toMatchObject({ status: 200, body: { version: 1 } });
    }
    expect((await operator.call('GET', '/segments')).body.items).toMatchObject([{ views: made.body.views }]);
  });

  it('is optional for an offer, and shown beside it', async () => {
    const operator = await harness.newSpace();
    const { eligibility: _, ...everybody } = OFFER;
    expect((await operator.call('PUT', '/offers/gift', OFFER)).body.views?.text).toBe('inSegment("gold")');
    expect((await operator.call('PUT', '/offers/gift', everybody)).body.views).toBeNull();
    expect((await operator.call('PUT', '/measures/favouriteCategory', MEASURE)).body.views?.text).toBe(
      MEASURE.expression,
    );
    expect((await operator.call('PUT', '/attributes/loyaltyTier', ATTRIBUTE)).body).not.toHaveProperty('views');
  });

  it('that an older version stored is shown without views, and refused by the next publish', async () => {
    const operator = await harness.newSpace();
    await put(operator, 'loyaltyTier = "gold"');
    const old = JSON.stringify({ ...segment({ op: 'attribute', name: 'tier', is: '=', value: 'gold' }) });
    await harness.db
      .prepare('UPDATE resource_version SET body = ? WHERE space = ? AND kind = ?')
      .bind(old, operator.space, 'segment')
      .run();
    expect((await operator.call('GET', '/segments/gold')).body).toMatchObject({ views: null });
    expect((await operator.call('POST', '/publish')).body.errors).toMatchObject([{ code: 'badStoredForm' }]);
  });
});

/** A tree of `not` in `not`. */
function nested(levels: number): string {
  return `${'{"op":"not","of":'.repeat(levels)}{"op":"now"}${'}'.repeat(levels)}`;
}

describe('a rule that is none', () => {
  it.each<[string, unknown, object]>([
    ['unparseable text', 'loyaltyTier =\n  and true', { code: 'syntax', line: 2, column: 3 }],
    ['a character without meaning', 'loyaltyTier = "gold" & true', { code: 'syntax', line: 1, column: 22 }],
    ['an unknown function', 'xEvent.cuont() > 1', { code: 'unknownFunction', line: 1, column: 8 }],
    [
      'a window of a million years',
      'xEvent[timestamp occurs <= 1000000 years before now]',
      { code: 'badWindow', line: 1, column: 25 },
    ],
    ['an impossible date', 'birthday = date(2026, 2, 30)', { code: 'impossibleDate' }],
    ['text nested 10,000 deep', `${'('.repeat(10_000)}true${')'.repeat(10_000)}`, { code: 'tooDeep', line: 1 }],
    ['a long text', `name = "${'x'.repeat(100_000)}"`, { code: 'tooLong', line: 1, column: 1 }],
    ['too many parts', Array.from({ length: 600 }, () => 'a').join(' and '), { code: 'tooManyNodes' }],
    ['a tree that no text gives', { op: 'call', function: 'perhaps', args: [] }, { code: 'unknownFunction' }],
  ])('is refused when it is put: %s', async (_name, rule, problem) => {
    const operator = await harness.newSpace();
    const answer = await put(operator, rule);
    if (answer.status === 201) {
      // What needs names and types is said at publish.
      await operator.call('PUT', '/attributes/birthday', { ...ATTRIBUTE, id: 'birthday', type: 'instant' });
      const published = await operator.call('POST', '/publish');
      expect(published).toMatchObject({ status: 422, body: { errors: [{ pointer: '/rule', ...problem }] } });
    } else {
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/rule', ...problem }] } });
    }
    expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
  });

  it('is refused by the door: a tree nested 10,000 deep, a body of 1 MB', async () => {
    const operator = await harness.newSpace();
    const body = JSON.stringify(segment('RULE'));
    expect(await operator.call('PUT', '/segments/gold', body.replace('"RULE"', nested(10_000)))).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'tooDeep', pointer: expect.stringMatching(/^\/rule\/of\/of/) }] },
    });
    expect(await operator.call('PUT', '/segments/gold', body.replace('"RULE"', nested(33)))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/rule' }] },
    });
    expect(await put(operator, 'x'.repeat(1024 * 1024))).toMatchObject({ status: 413 });
    expect(await check(operator, 'x'.repeat(1024 * 1024))).toMatchObject({ status: 413 });
  });
});

describe('a draft with rules that cannot be published', () => {
  it('is told every reason with its place', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('PUT', '/measures/favouriteCategory', MEASURE);
    const rules: Readonly<Record<string, string>> = {
      a: 'inSegment("b")',
      b: 'loyaltyTier = "x" and inSegment("a")',
      types: 'loyaltyTier > 3',
      names: 'favoriteCategory = "men"',
      regex: 'loyaltyTier.matches("(a+)+$") and loyaltyTier.matches("(?=a)")',
      bomb: 'loyaltyTier.matches("((a{1,1000}){1,1000}){1,1000}")',
      number: 'xEvent.count() + 1',
      model: 'score("churn") > 0.5',
    };
    for (const [id, rule] of Object.entries(rules)) expect((await put(operator, rule, id)).status).toBe(201);
    await operator.call('PUT', '/offers/gift', { ...OFFER, eligibility: 'inSegment("golden")' });
    const answer = await operator.call('POST', '/publish');
    expect(answer.status).toBe(422);
    const found = new Map(answer.body.errors.map((each) => [`${each.kind}/${each.id}`, each]));
    const cycle = found.get('segment/a') ?? found.get('segment/b');
    expect(cycle).toMatchObject({ code: 'cycle', pointer: '/rule' });
    expect(cycle?.detail).toMatch(/segment a → segment b → segment a|segment b → segment a → segment b/);
    expect(found.get('segment/types')).toMatchObject({ code: 'typeMismatch', line: 1 });
    expect(found.get('segment/names')).toMatchObject({ code: 'unknownName', line: 1, column: 1 });
    expect(found.get('segment/names')?.detail).toContain('"favouriteCategory"');
    expect(found.get('segment/regex')).toMatchObject({ code: 'badPattern' });
    expect(found.get('segment/bomb')).toMatchObject({ code: 'badPattern' });
    expect(found.get('segment/number')).toMatchObject({ code: 'typeMismatch' });
    expect(found.get('segment/model')).toMatchObject({ code: 'unknownModel' });
    expect(found.get('offer/gift')).toMatchObject({ pointer: '/eligibility', code: 'unknownSegment', line: 1 });
    expect(await operator.call('POST', '/validate')).toMatchObject({
      status: 200,
      body: { valid: false, problems: { length: answer.body.errors.length } },
    });
  });

  it('may look into the future', async () => {
    const operator = await harness.newSpace();
    await operator.call('PUT', '/attributes/renewsAt', { ...ATTRIBUTE, id: 'renewsAt', type: 'instant' });
    await put(operator, 'renewsAt occurs <= 7 days after now', 'renewing');
    await put(operator, 'xEvent[timestamp occurs tomorrow].count() > 0', 'never');
    expect((await operator.call('POST', '/publish')).status).toBe(201);
  });

  it('of 10,001 segments is refused at once', async () => {
    const operator = await harness.newSpace();
    await put(operator, 'true');
    // As many puts would take minutes.
    await harness.db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO resource (space, kind, id, version, archived)
         SELECT space, kind, 's' || i, version, archived FROM resource, n WHERE space = ?`,
      )
      .bind(operator.space)
      .run();
    await harness.db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO resource_version (space, kind, id, version, archived, body, hash, at, actor)
         SELECT space, kind, 's' || i, version, archived, replace(body, '"gold"', '"s' || i || '"'), hash, at, actor FROM resource_version, n WHERE space = ?`,
      )
      .bind(operator.space)
      .run();
    expect(await operator.call('POST', '/publish')).toMatchObject({
      status: 422,
      body: { errors: [{ kind: 'segment', code: 'tooManySegments' }] },
    });
  });
});

describe('settings', () => {
  it('hold the time zone, and refuse one that is none', async () => {
    const operator = await harness.newSpace();
    expect((await operator.call('GET', '/settings/ruleset')).status).toBe(404);
    expect(await operator.call('PUT', '/settings/ruleset', { timeZone: 'Europe/Atlantis' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/timeZone' }] },
    });
    expect(await operator.call('PUT', '/settings/other', {})).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/id' }] },
    });
    expect(await operator.call('PUT', '/settings/ruleset', {})).toMatchObject({
      status: 201,
      body: { resource: { id: 'ruleset', timeZone: 'UTC' } },
    });
    const first = await operator.call('POST', '/publish');
    await operator.call('PUT', '/settings/ruleset', { timeZone: 'Europe/Berlin' });
    const second = await operator.call('POST', '/publish');
    expect(second.body.parts.program).not.toBe(first.body.parts.program);
    expect(second.body.parts.decisions).toBe(first.body.parts.decisions);
  });
});

describe('POST /rules/check', () => {
  it('says what a rule means and reads, as a part of the drafts, and stores nothing', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    await operator.call('PUT', '/measures/favouriteCategory', MEASURE);
    // Broken, and nothing that the rule leads to.
    await put(operator, 'inSegment("nowhere")', 'broken');
    const before = (await operator.call('GET', '/audit')).body.items.length;
    const answer = await check(operator, 'inSegment("gold") and favouriteCategory = "men"');
    expect(answer).toMatchObject({
      status: 200,
      body: {
        valid: true,
        problems: [],
        tree: { op: 'and' },
        views: {
          text: 'inSegment("gold") and favouriteCategory = "men"',
          sentence: 'Is in the segment "gold" and favouriteCategory is "men".',
        },
      },
    });
    const read = JSON.stringify(answer.body.lineage);
    for (const name of ['loyaltyTier', 'product.viewed', 'category', 'personalization']) expect(read).toContain(name);
    expect(await check(operator, answer.body.tree)).toEqual({ ...answer, headers: expect.anything() });
    expect((await operator.call('GET', '/audit')).body.items).toHaveLength(before);
  });

  it('takes measures', async () => {
    const operator = await harness.newSpace();
    expect(await check(operator, 'xEvent.count() * 2', { as: 'measure' })).toMatchObject({ body: { valid: true } });
    expect(await check(operator, 'xEvent.count() * 2')).toMatchObject({
      status: 200,
      body: { valid: false, problems: [{ kind: 'segment', pointer: '/rule', code: 'typeMismatch' }] },
    });
  });

  it('points at what is wrong', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    expect(await check(operator, 'loyaltyTier = "gold"\n  or loyaltyTeir = 1')).toMatchObject({
      status: 200,
      body: {
        valid: false,
        tree: { op: 'or' },
        lineage: null,
        problems: [{ code: 'unknownName', line: 2, column: 6, detail: expect.stringContaining('"loyaltyTier"') }],
      },
    });
    expect(await check(operator, 'inSegment("golden")')).toMatchObject({
      body: { problems: [{ code: 'unknownSegment', detail: expect.stringContaining('"gold"') }] },
    });
    expect(await check(operator, 'loyaltyTier = ')).toMatchObject({
      status: 200,
      body: { valid: false, tree: null, views: null, problems: [{ code: 'syntax', line: 1, column: 15 }] },
    });
    expect(await check(operator, 'inSegment("gold")', { id: 'gold' })).toMatchObject({
      body: { problems: [{ kind: 'segment', id: 'gold', code: 'cycle' }] },
    });
    expect(await check(operator, 7)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/rule' }] } });
    expect(await check(operator, 'true', { as: 'offer' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/as' }] },
    });
  });
});

describe('GET /rules/schema', () => {
  it('is a JSON Schema', async () => {
    const answer = await harness.bootstrap.call('GET', '/rules/schema');
    expect(answer.body).toMatchObject({ $schema: expect.stringContaining('json-schema.org') });
  });
});

describe('lineage', () => {
  it('tells what the live rules read, through segments and measures', async () => {
    const operator = await harness.newSpace();
    expect((await operator.call('GET', '/segments/gold/lineage')).status).toBe(404);
    await fillDrafts(operator);
    await operator.call('PUT', '/measures/favouriteCategory', MEASURE);
    await put(operator, 'inSegment("gold") and favouriteCategory = "men"', 'fans');
    expect((await operator.call('GET', '/segments/fans/lineage')).status).toBe(404);
    await operator.call('POST', '/publish');
    const fans = await operator.call('GET', '/segments/fans/lineage');
    expect(fans).toMatchObject({ status: 200, body: { id: 'fans', sequence: 1 } });
    for (const name of ['loyaltyTier', 'product.viewed', 'category', 'personalization']) {
      expect(JSON.stringify(fans.body.lineage)).toContain(name);
    }
    const measure = await operator.call('GET', '/measures/favouriteCategory/lineage');
    expect(JSON.stringify(measure.body.lineage)).toContain('category');
    expect(JSON.stringify(measure.body.lineage)).not.toContain('loyaltyTier');
    expect((await operator.call('GET', '/segments/nobody/lineage')).status).toBe(404);
    expect((await (await harness.newSpace()).call('GET', '/segments/fans/lineage')).status).toBe(404);
  });
});
