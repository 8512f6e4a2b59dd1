import { describe, expect, test } from 'vitest';
import { profileNames } from '../../../core/segment/explain/profile-names.ts';
import { isCondition, profileParts } from '../../../core/segment/explain/profile-parts.ts';
import { splitRule } from '../../../core/segment/explain/split-rule.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { rule } from './explain-support.ts';

const tree = (text: string) => rule(text).tree;

/** `?` before what is asked as a condition, a step's label before a colon. */
const parts = (text: string, asCondition = true) =>
  profileParts(tree(text), asCondition).map(
    ({ expression, asCondition: asked, label }) =>
      `${asked ? '?' : ''}${label === null ? '' : `${label}: `}${printExpression(expression)}`,
  );

describe('the parts of', () => {
  test.each([
    ['a and b > 1', ['?a', '?b > 1']],
    ['a or not b', ['?a', '?not b']],
    ['not a', ['?a']],
    ['not true', []],
    ['if(a, b, c)', ['?a', '?b', '?c']],
    ['a > b + 1', ['a', 'b + 1']],
    ['a > 1 + 2', ['a']],
    ['now > today', []],
    ['[a, 1, b] = [1, "x", true]', ['[a, 1, b]']],
    ['a = date(2026, 1, 1)', ['a']],
    ['(a = 1) = b', ['?a = 1', 'b']],
    ['a in ["x", b]', ['a', '["x", b]']],
    ['a.b.c = 1', ['a.b.c']],
    ['a.contains("x", false)', ['a']],
    ['a.matches("x")', ['a']],
    ['a.startsWith(b)', ['a', 'b']],
    ['isNull(a)', ['a']],
    ['isNull(xEvent)', []],
    ['xEvent.count() > 1', ['xEvent.count()']],
    ['xEvent', []],
    ['xEvent[p > 1]', []],
    ['xEvent[p > ^.most]', ['most']],
    ['tags[x = ^.most]', ['tags', 'most']],
    ['tags.exists(x = ^.most)', ['tags', 'tags[x = ^.most]']],
    ['xEvent.exists(p > 1)', ['xEvent[p > 1]']],
    ['tags.intersects(xEvent.map(c))', ['tags', 'xEvent.map(c)']],
    ['tags.intersects(xEvent[p = ^.q].map(c))', ['tags', 'xEvent[p = ^.q].map(c)']],
    ['born occurs between since and until', ['born', 'since', 'until']],
    ['born occurs <= 3 days before due', ['born', 'due']],
    ['born occurs <= 3 days before now', ['born']],
    ['born occurs this month', ['born']],
    ['now occurs on due', ['due']],
    ['inSegment("a")', []],
    ['a', []],
    ['exists E from tags where E = most', ['tags', 'select E from tags where (E = most)']],
    ['exists E from xEvent where E.p = 1', ['select E from xEvent where (E.p = 1)']],
    ['forall E from tags where E = most', ['tags', 'most']],
    ['select E from tags where E = most', ['tags', 'most']],
    ['forall E from xEvent where E.p = 1', []],
    [
      'chain(xEvent, timestamp, [A: WHAT(type = "a") WHEN(today), X: EXCLUDE WHAT(type = "x"), B: WHAT(p = A.p)])',
      ['A: xEvent[type = "a" and timestamp occurs today]', 'X: xEvent[type = "x"]'],
    ],
    [
      'chain(items, at, [A: WHAT(p > ^.most), B: WHAT(p = 1) WHEN(before due), C: WHAT(q = 2) WHEN(<= 1 day before now)])',
      ['items', 'A: items[p > ^.most]', 'C: items[q = 2 and at occurs <= 1 day before now]'],
    ],
  ])('%s', (text, expected) => expect(parts(text)).toEqual(expected));

  test.each([
    ['if(a, b, c)', ['?a', 'b', 'c']],
    ['if(a, b > 1, c)', ['?a', '?b > 1', 'c']],
    ['a * (b - 1)', ['a', 'b - 1']],
    ['[a, 1, b]', ['a', 'b']],
    ['xEvent.head().price', ['xEvent.head()']],
    ['xEvent.topN(p, n)', ['n']],
    ['xEvent.topN(p + ^.k, 3)', ['k']],
    ['xEvent.map(p + ^.k)', ['k']],
    ['items.sum(p)', ['items']],
    ['items.sum()', ['items']],
    ['items.decayed(1 day)', ['items']],
    ['xEvent.decayed(1 day, ^.k)', ['k']],
    ['xEvent.decayed(c, 1 day, ^.k)', ['k']],
    ['xEvent.favourite(c, ^.k)', ['k']],
    ['interest.get("a")', ['interest']],
    ['sum E.p over E from items where E.q > most', ['items', 'select E from items where (E.q > most)']],
    ['max E.p over E from items', ['items']],
    ['average E.p over E from xEvent where E.q > 1', ['select E from xEvent where (E.q > 1)']],
    ['min E.p over E from xEvent where E.q > 1', ['select E from xEvent where (E.q > 1)']],
  ])('the value %s', (text, expected) => {
    const left = tree(`(${text}) = 1`);
    const value = left.op === 'compare' ? left.left : left;
    const found = profileParts(value, false).map(
      ({ expression, asCondition }) => `${asCondition ? '?' : ''}${printExpression(expression)}`,
    );
    expect(found).toEqual(expected);
  });
});

describe('what is true, false or unknown wherever it stands', () => {
  test.each([
    ['a = 1', true],
    ['a', false],
    ['true', true],
    ['1', false],
    ['"true"', false],
    ['a.contains("x")', true],
    ['xEvent.exists(p = 1)', true],
    ['xEvent.count()', false],
    ['xEvent[p = 1]', false],
    ['if(a, true, b = 1)', true],
    ['if(a, b, true)', false],
    ['if(a, true, b)', false],
    ['let n = (1) in (n = 1)', true],
    ['let n = (a = 1) in (n)', false],
    ['not a', true],
    ['a and b', true],
    ['a or b', true],
    ['inSegment("x")', true],
    ['born occurs today', true],
    ['exists E from xEvent', true],
    ['forall E from xEvent where E.p = 1', true],
    ['select E from xEvent', false],
    ['chain(xEvent, timestamp, [A: WHAT(p = 1)])', true],
  ])('%s: %s', (text, expected) => {
    // As an operand nothing is wanted of it.
    const whole = tree(`isNull(${text})`);
    expect(isCondition(whole.op === 'call' ? (whole.args[0] as never) : whole)).toBe(expected);
  });
});

describe('names of the profile inside of', () => {
  test.each([
    ['xEvent[p = q]', []],
    ['xEvent[p = ^.q and r = ^.s.t and u = ^.q]', ['q', 's.t']],
    ['xEvent[items.exists(x = ^.y and z = ^^.w)]', ['w']],
    ['xEvent[p = ^.xEvent.count()]', []],
    ['xEvent[^.items.exists(x = ^^.w)]', ['items', 'w']],
    ['exists E from xEvent where E.p = q', ['q']],
    ['exists E from a, F from b where F = c', ['b', 'c']],
    ['exists E from a, F from E.items where F = c', ['c']],
    ['sum E.p * k over E from items where E.q = r', ['k', 'r']],
    ['let n = (a) in (n = b)', ['b']],
    ['let q = (a) in (xEvent[p = ^.q].count() = 1)', ['q']],
    ['max E.p over E from items where E.q = r', ['r']],
    ['min E.p over E from items where E.q = r', ['r']],
    ['average E.p over E from items where E.q = r', ['r']],
    ['xEvent[items.topN(p, ^.n) = [1]]', ['n']],
    ['exists E from xEvent where (exists F from E.items where F.x = g)', ['g']],
    ['chain(xEvent, timestamp, [A: WHAT(p = ^.q), B: WHAT(A.p = p and r = 1), X: EXCLUDE WHAT(z = ^.y)])', ['q', 'y']],
    ['xEvent.decayed(1 day, ^.k) = 1', ['k']],
    ['xEvent.decayed(c, 1 day, ^.k) = 1', ['k']],
    ['xEvent[p > ^.q].decayed(1 day, 2) = 1', ['q']],
    ['xEvent[p > ^.q].decayed(c, 1 day) = 1', ['q']],
    ['xEvent.topN(p, n) = [1]', []],
    ['a = b', []],
  ])('%s', (text, expected) => {
    expect(profileNames(tree(text)).map(printExpression)).toEqual(expected);
    expect(profileNames(tree(text)).every(({ climb }) => climb === 0)).toBe(true);
  });
});

describe('a rule that is taken apart', () => {
  const book = {
    segments: new Map([
      ['s', rule('inSegment("t") and a = 1', 'advertising')],
      ['t', rule('m > 1', 'necessary')],
    ]),
    measures: new Map([
      ['m', rule('xEvent[p = 1].count()', 'analytics')],
      ['yes', rule('xEvent.exists(p = 1)', 'personalization')],
    ]),
  };
  const nodesOf = (text: string, most = 100) => splitRule(rule(text), book, most);

  test('says what each node is reached through, without what is necessary', () => {
    const nodes = nodesOf('inSegment("s") and yes');
    expect(nodes.map((node) => [node.kind, printExpression(node.expression), node.purposes, node.origin?.id])).toEqual([
      ['condition', 'inSegment("s") and yes', ['personalization'], undefined],
      ['condition', 'inSegment("s")', ['personalization'], undefined],
      ['condition', 'yes', ['personalization'], undefined],
      ['condition', 'inSegment("t") and a = 1', ['personalization', 'advertising'], 's'],
      ['condition', 'xEvent.exists(p = 1)', ['personalization'], 'yes'],
      ['condition', 'inSegment("t")', ['personalization', 'advertising'], undefined],
      ['condition', 'a = 1', ['personalization', 'advertising'], undefined],
      ['value', 'xEvent[p = 1]', ['personalization'], undefined],
      ['condition', 'm > 1', ['personalization', 'advertising'], 't'],
      ['value', 'a', ['personalization', 'advertising'], undefined],
      ['value', 'm', ['personalization', 'advertising'], undefined],
      ['value', 'xEvent[p = 1].count()', ['personalization', 'advertising', 'analytics'], 'm'],
      ['value', 'xEvent[p = 1]', ['personalization', 'advertising', 'analytics'], undefined],
    ]);
    expect(nodes[0]?.children).toEqual([1, 2]);
    expect(nodes.map(({ isCut }) => isCut)).not.toContain(true);
    expect(splitRule(rule('a = 1', 'necessary'), book, 9)[0]?.purposes).toEqual([]);
  });

  test('keeps the names around a part, also of the same name, and does not take a variable for a measure', () => {
    const nodes = nodesOf('let m = (a) in (let n = (m + 1) in (n > 2 and m = 1))');
    expect(nodes.map(({ label, alone }) => [label, printExpression(alone).replace(/\s+/g, ' ')])).toEqual([
      [null, 'let m = (a) in (let n = (m + 1) in (n > 2 and m = 1))'],
      ['m', 'a'],
      ['n', 'let m = (a) in (m + 1)'],
      [null, 'let m = (a) in (let n = (m + 1) in (n > 2))'],
      [null, 'let m = (a) in (let n = (m + 1) in (m = 1))'],
      [null, 'let m = (a) in (m)'],
      [null, 'let m = (a) in (let n = (m + 1) in (n))'],
      [null, 'let m = (a) in (let n = (m + 1) in (m))'],
    ]);
  });

  test('ends at the limit, and says where', () => {
    const nodes = nodesOf('a = 1 and b = 2 and c = 3', 3);
    expect(nodes.map(({ children, isCut }) => [children, isCut])).toEqual([
      [[1, 2], true],
      [[], true],
      [[], true],
    ]);
    const exact = nodesOf('not a', 2);
    expect(exact.map(({ isCut }) => isCut)).toEqual([false, false]);
  });

  test('wants of a value no condition, whatever chooses it', () => {
    const kinds = nodesOf('if(a, b, c) = 1').map(({ kind, expression }) => [kind, printExpression(expression)]);
    expect(kinds).toEqual([
      ['condition', 'if(a, b, c) = 1'],
      ['value', 'if(a, b, c)'],
      ['condition', 'a'],
      ['value', 'b'],
      ['value', 'c'],
    ]);
  });

  test('has nothing below names that nobody gave', () => {
    expect(nodesOf('inSegment("gone") or nobody')).toHaveLength(3);
  });
});
