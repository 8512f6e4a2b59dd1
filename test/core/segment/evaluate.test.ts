import { describe, expect, test } from 'vitest';
import { purposeBit } from '../../../core/policy/purposes.ts';
import type { EventQuery, Rule } from '../../../core/segment/rule.ts';
import { evaluate, fact, NOW } from './fixture.ts';

const DAY = 86_400_000;
const viewed: EventQuery = { types: ['product.viewed'] };
const ordered: EventQuery = { types: ['order.placed'] };
const added: EventQuery = { types: ['cart.added'] };
const week = { amount: 7, unit: 'day' } as const;
const some = (of: EventQuery): Rule => ({ op: 'count', of, is: '>=', value: 1 });
const tier = (is: '=' | '!='): Rule => ({ op: 'attribute', name: 'tier', is, value: 'gold' });

describe('windows', () => {
  test.each([
    ['on the edge', 0, true, NOW + 1],
    ['1 ms inside', 1, true, NOW + 2],
    ['1 ms outside', -1, false, null],
  ])('an event %s of 7 days', (_, offset, member, next) => {
    const got = evaluate(some({ ...viewed, within: week }), {
      facts: [fact('product.viewed', NOW - 7 * DAY + offset)],
    });
    expect(got).toMatchObject({ member, next });
  });

  test('an event after now does not exist yet, and its instant is the next change', () => {
    expect(evaluate(some(viewed), { facts: [fact('product.viewed', NOW + 1)] })).toMatchObject({
      member: false,
      next: NOW + 1,
    });
    expect(evaluate(some(viewed), { facts: [fact('product.viewed', NOW)] })).toMatchObject({
      member: true,
      next: null,
    });
  });

  test('of three events the oldest decides when "at least 3" ends', () => {
    const facts = [NOW - 3000, NOW - 1000, NOW - 2000].map((at) => fact('product.viewed', at));
    const rule: Rule = { op: 'count', of: { ...viewed, within: { amount: 10, unit: 'second' } }, is: '>=', value: 3 };
    expect(evaluate(rule, { facts })).toMatchObject({ member: true, next: NOW + 7001 });
    expect(evaluate({ op: 'not', of: rule }, { facts })).toMatchObject({ member: false, next: NOW + 7001 });
  });

  test('events of one millisecond leave together: "exactly 1" is never true between them', () => {
    const rule: Rule = { op: 'count', of: { ...viewed, within: week }, is: '=', value: 1 };
    expect(evaluate(rule, { facts: [fact('product.viewed', NOW), fact('product.viewed', NOW)] })).toMatchObject({
      member: false,
      next: null,
    });
  });
});

describe('three values', () => {
  test.each<[string, Rule, boolean | null]>([
    ['x != "a" without x', tier('!='), null],
    ['not of it', { op: 'not', of: tier('!=') }, null],
    ['unknown and false', { op: 'and', of: [tier('='), { op: 'or', of: [] }] }, false],
    ['unknown or true', { op: 'or', of: [tier('='), { op: 'and', of: [] }] }, true],
    ['unknown and true', { op: 'and', of: [tier('='), { op: 'and', of: [] }] }, null],
    ['isNull', { op: 'attribute', name: 'tier', is: 'isNull' }, true],
    ['a count of nothing', { op: 'count', of: viewed, is: '=', value: 0 }, true],
  ])('%s', (_, rule, value) => {
    const got = evaluate(rule);
    expect([got.member, got.why.value]).toEqual([value === true, value]);
  });

  test('an event whose condition is unknown does not match: "has not viewed shoes" is true', () => {
    const shoes: EventQuery = { ...viewed, where: [{ field: 'category', is: '=', value: 'shoes' }] };
    expect(evaluate({ op: 'not', of: some(shoes) }, { facts: [fact('product.viewed', NOW)] }).member).toBe(true);
    const others: EventQuery = { ...viewed, where: [{ field: 'category', is: '!=', value: 'shoes' }] };
    expect(evaluate(some(others), { facts: [fact('product.viewed', NOW)] }).member).toBe(false);
  });

  test('types are never coerced', () => {
    const five: EventQuery = { ...viewed, where: [{ field: 'size', is: '=', value: 5 }] };
    expect(evaluate(some(five), { facts: [fact('product.viewed', NOW, { data: { size: '5' } })] }).member).toBe(false);
    expect(evaluate(some(five), { facts: [fact('product.viewed', NOW, { data: { size: 5 } })] }).member).toBe(true);
  });

  test('instants are instants, whatever offset their text has', () => {
    const rule: Rule = { op: 'attribute', name: 'since', is: '=', value: '2026-11-22T10:00:00Z' };
    expect(evaluate(rule, { attributes: { since: '2026-11-22T11:00:00+01:00' } }).member).toBe(true);
    expect(evaluate(rule, { attributes: { since: NOW } }).member).toBe(true);
    expect(evaluate(rule, { attributes: { since: 'soon' } }).why.value).toBe(null);
  });
});

describe('didNotSince', () => {
  const abandoned: Rule = { op: 'didNotSince', did: { ...added, within: week }, notSince: ordered };

  test('an abandoned cart ends with an order later, not with one before or in the same millisecond', () => {
    const cart = fact('cart.added', NOW - 10);
    for (const [at, member] of [
      [NOW - 11, true],
      [NOW - 10, true],
      [NOW - 9, false],
    ] as const) {
      expect(evaluate(abandoned, { facts: [cart, fact('order.placed', at)] }).member).toBe(member);
    }
  });

  test('it ends by itself 7 days after the last addition', () => {
    const facts = [fact('cart.added', NOW - 20), fact('cart.added', NOW - 10)];
    expect(evaluate(abandoned, { facts })).toMatchObject({ member: true, next: NOW - 10 + 7 * DAY + 1 });
  });

  test('it comes back when the order leaves the window of "notSince"', () => {
    const rule: Rule = { op: 'didNotSince', did: added, notSince: { ...ordered, within: week } };
    const facts = [fact('cart.added', NOW - 20), fact('order.placed', NOW - 10)];
    expect(evaluate(rule, { facts })).toMatchObject({ member: false, next: NOW - 10 + 7 * DAY + 1 });
  });

  test('"thenSince" wants an event strictly later, and an earlier "did" may serve', () => {
    const rule: Rule = { op: 'didNotSince', did: added, thenSince: viewed };
    expect(evaluate(rule, { facts: [fact('cart.added', NOW - 10), fact('product.viewed', NOW - 10)] }).member).toBe(
      false,
    );
    expect(
      evaluate(rule, {
        facts: [fact('cart.added', NOW - 10), fact('product.viewed', NOW - 9), fact('cart.added', NOW - 8)],
      }).member,
    ).toBe(true);
  });
});

describe('sum', () => {
  const spent = (value: number): Rule => ({
    op: 'sum',
    field: 'total',
    of: { ...ordered, within: week },
    is: '>=',
    value,
  });
  const order = (at: number, total: number | string) => fact('order.placed', at, { data: { total } });

  test('skips what is no number, is 0 of nothing, and ends with the window', () => {
    expect(evaluate(spent(0)).member).toBe(true);
    const facts = [order(NOW - 3, 60), order(NOW - 2, 'ten'), order(NOW - 1, 40)];
    expect(evaluate(spent(100), { facts })).toMatchObject({ member: true, next: NOW - 3 + 7 * DAY + 1 });
    expect(evaluate(spent(100), { facts }).why.evidence).toEqual({ sum: 100, count: 3 });
  });

  test('adds in the order of events, whatever the order of arrival', () => {
    const facts = [order(NOW - 1, 0.3), order(NOW - 3, 0.1), order(NOW - 2, 0.2)];
    expect(evaluate(spent(0.1 + 0.2 + 0.3), { facts }).member).toBe(true);
  });
});

describe('conditions on events', () => {
  test('compare with an attribute as it is at evaluation', () => {
    const other: Rule = some({ ...viewed, where: [{ field: 'category', is: '!=', value: { attribute: 'tier' } }] });
    const facts = [fact('product.viewed', NOW, { data: { category: 'gold' } })];
    expect(evaluate(other, { facts, attributes: { tier: 'silver' } }).member).toBe(true);
    expect(evaluate(other, { facts, attributes: { tier: 'gold' } }).member).toBe(false);
    expect(evaluate(other, { facts }).member).toBe(false);
  });

  test('read the context', () => {
    const german = some({ ...viewed, where: [{ field: 'context.geo.country', is: 'in', value: ['DE', 'AT'] }] });
    expect(
      evaluate(german, { facts: [fact('product.viewed', NOW, { context: { geo: { country: 'DE' } } })] }).member,
    ).toBe(true);
    expect(
      evaluate(german, { facts: [fact('product.viewed', NOW, { data: { geo: { country: 'DE' } } })] }).member,
    ).toBe(false);
  });
});

describe('purposes', () => {
  test('facts collected without the purpose, or withdrawn for it, do not exist', () => {
    const without = fact('product.viewed', NOW, { purposes: purposeBit('necessary') | purposeBit('analytics') });
    expect(evaluate(some(viewed), { facts: [without] }).member).toBe(false);
    expect(evaluate(some(viewed), { facts: [without], purpose: 'analytics' }).member).toBe(true);
    const withdrawn = { 3: purposeBit('personalization') };
    expect(evaluate(some(viewed), { facts: [fact('product.viewed', NOW, { strand: 3 })], withdrawn }).member).toBe(
      false,
    );
    expect(evaluate(some(viewed), { facts: [fact('product.viewed', NOW, { strand: 2 })], withdrawn }).member).toBe(
      true,
    );
  });
});
