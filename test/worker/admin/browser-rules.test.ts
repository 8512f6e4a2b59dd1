import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type AdminHarness,
  type AdminProblem,
  ATTRIBUTE,
  fillDrafts,
  type Operator,
  SEGMENT,
  startAdminHarness,
} from '../../support/admin-harness.ts';
import { createSetClient } from '../../support/change-set-client.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const put = (operator: Operator, path: string, body: object) => operator.call('PUT', path, body);
const marked = (id: string, rule: string, more: object = {}) => ({ ...SEGMENT, id, rule, inBrowser: true, ...more });
const found = (problems: readonly AdminProblem[]) =>
  problems.map(({ kind, id, pointer, code }) => `${kind}/${id}${pointer} ${code}`).sort();

it('a mark is put, shown, kept by what is put back, and taken away', async () => {
  const operator = await harness.newSpace();
  await fillDrafts(operator);
  const plain = await operator.call('GET', '/segments/gold');
  expect(plain.body.resource).not.toHaveProperty('inBrowser');
  expect(await put(operator, '/segments/gold', plain.body.resource)).toMatchObject({ body: { version: 1 } });
  const made = await put(operator, '/segments/gold', marked('gold', 'loyaltyTier = "gold"'));
  expect(made.body).toMatchObject({ version: 2, resource: { inBrowser: true } });
  expect((await operator.call('POST', '/publish')).body.parts).toHaveProperty('browserRules');
  expect((await put(operator, '/segments/gold', { ...SEGMENT, inBrowser: 'yes' })).body.errors).toMatchObject([
    { pointer: '/inBrowser', code: 'type' },
  ]);
  await put(operator, '/segments/gold', { ...SEGMENT, inBrowser: false });
  expect((await operator.call('POST', '/publish')).body.parts).not.toHaveProperty('browserRules');
});

const REFUSED: readonly (readonly [what: string, rule: string, more: object, code: string])[] = [
  ['that nobody may see', 'loyaltyTier = "gold"', { public: false }, 'notPublicInBrowser'],
  ['of an attribute that is not public', 'city = "Leeds"', {}, 'notPublicInBrowser'],
  ['of a measure that is not public', 'spent > 100', {}, 'notPublicInBrowser'],
  ['built on a segment of an attribute that is not public', 'not inSegment("local")', {}, 'notPublicInBrowser'],
  ['of a personal attribute', 'mail = "sarah@shop.example"', {}, 'personalInBrowser'],
  ['of a personal field', 'xEvent[eventType = "order.placed" and giftNote = "x"].count() > 0', {}, 'personalInBrowser'],
  ['of general code', 'xEvent.favourite(category) = "men"', {}, 'tooMuchInBrowser'],
  [
    'that is too large',
    `loyaltyTier in [${Array.from({ length: 300 }, (_, i) => `"${'x'.repeat(80)}${i}"`)}]`,
    {},
    'browserRulesTooLarge',
  ],
];

it.each(REFUSED)('a segment for browsers %s is refused wherever it is looked at', async (_, rule, more, code) => {
  const operator = await harness.newSpace();
  await fillDrafts(operator);
  await put(operator, '/attributes/city', { ...ATTRIBUTE, id: 'city', public: false });
  await put(operator, '/attributes/mail', { ...ATTRIBUTE, id: 'mail', labels: ['contact'] });
  await put(operator, '/measures/spent', {
    name: 'Spent',
    expression: 'xEvent[eventType = "order.placed"].sum(total)',
  });
  await put(operator, '/segments/local', { ...SEGMENT, id: 'local', rule: 'city = "Leeds"' });
  expect((await operator.call('POST', '/publish')).status).toBe(201);
  const expected = [`segment/fans/inBrowser ${code}`];

  // As a part of a change set, which touches no draft.
  const sets = createSetClient(operator);
  const set = await sets.create('For browsers');
  expect((await sets.put(set, 'segment', 'fans', marked('fans', rule, more))).status).toBeLessThan(300);
  expect(found((await sets.validate(set)).problems)).toEqual(expected);
  const proposed = await sets.publish(set);
  expect([proposed.status, found(proposed.body.errors)]).toEqual([422, expected]);

  // As a rule that is not stored yet. What it is not told is whether the segment will be public.
  if (!('public' in more)) {
    const asked = { rule, id: 'fans', inBrowser: true };
    const checked = await operator.call('POST', '/rules/check', asked);
    expect([checked.body.valid, found(checked.body.problems)]).toEqual([false, expected]);
    expect((await operator.call('POST', '/rules/check', { ...asked, inBrowser: false })).body.valid).toBe(true);
  }

  // As a draft.
  expect((await put(operator, '/segments/fans', marked('fans', rule, more))).status).toBe(201);
  const validated = await operator.call('POST', '/validate');
  expect([validated.body.valid, found(validated.body.problems)]).toEqual([false, expected]);
  const published = await operator.call('POST', '/publish');
  expect([published.status, found(published.body.errors)]).toEqual([422, expected]);
  expect((await operator.call('GET', '/sequences')).body.items).toHaveLength(1);
  await put(operator, '/segments/fans', marked('fans', rule, { ...more, inBrowser: false }));
  expect((await operator.call('POST', '/publish')).status).toBe(201);
});

it('a change set says that a rule is given to browsers', async () => {
  const operator = await harness.newSpace();
  await fillDrafts(operator);
  await operator.call('POST', '/publish');
  const sets = createSetClient(operator);
  const set = await sets.create('For browsers');
  await sets.put(set, 'segment', 'gold', marked('gold', 'loyaltyTier = "gold"'));
  const diff = await operator.call('GET', `/change-sets/${set}/diff`);
  const { consequences } = diff.body as unknown as { readonly consequences: readonly object[] };
  expect(consequences).toContainEqual({
    code: 'browserRuleChanged',
    about: { kind: 'segment', id: 'gold' },
    data: { inBrowser: true },
    sentence:
      'Segment gold is given to browsers from now on: everybody can read its rule, and the rules that it is built on.',
  });
});
