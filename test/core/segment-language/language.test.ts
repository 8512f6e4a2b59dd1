import { describe, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { AttributeType } from '../../../core/segment/attribute-type.ts';
import { checkRules, type RuleTexts } from '../../../core/segment/language/check-rules.ts';
import { describeExpression } from '../../../core/segment/language/describe-expression.ts';
import {
  expressionJsonSchema,
  type expressionNode,
  expressionSchema,
} from '../../../core/segment/language/expression.schema.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { FUNCTIONS } from '../../../core/segment/language/function-table.ts';
import { MAX_RULE_TEXT, parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { matchGroups } from '../../../core/segment/runtime/pattern/match-groups.ts';

function treeOf(text: string): Expression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value.tree;
}

const canonical = (text: string) => printExpression(treeOf(text));

function problems(text: string, more: Partial<RuleTexts> = {}) {
  const found = checkRules({
    segments: new Map([['it', text]]),
    measures: new Map(),
    attributes: null,
    models: null,
    timeZone: 'UTC',
    ...more,
  });
  return found.ok ? [] : found.error;
}

describe('the canonical text', () => {
  test.each([
    ['NOT a and B OR c', 'not a and B or c'],
    ['((a))=(1)', 'a = 1'],
    ['exists E from xEvent : E.a = 1', 'exists E from xEvent where (E.a = 1)'],
    ['in(a, [1,2])', 'a in [1, 2]'],
    ['STARTSWITH(name, "A")', 'name.startsWith("A")'],
    ['name startsWith "A"', 'name.startsWith("A")'],
    ['orders.filter(price > 1)', 'orders[price > 1]'],
    ['t occurs <= 1 days before this day', 't occurs <= 1 day before today'],
    ['a - (b - c)', 'a - (b - c)'],
    ['(a and b) and c', '(a and b) and c'],
    [
      'chain(xEvent,timestamp,[A:what(true) count(2) when(today)])',
      'chain(xEvent, timestamp, [A: WHAT(true) WHEN(today) COUNT(2)])',
    ],
  ])('of %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  test('every function is known, in any case, and prints as it is spelt in the table', () => {
    for (const [name, { params }] of Object.entries(FUNCTIONS)) {
      const args = params.map(({ kind }) => (kind === 'duration' ? '7 days' : kind === 'number' ? '1' : 'x'));
      expect(canonical(`${name.toUpperCase()}(${args.join(', ')})`)).toContain(name);
    }
  });
});

describe('sentences', () => {
  test.each([
    ['tier = "gold" and not inSegment("vip")', 'Tier is "gold" and (it is not true that is in the segment "vip").'],
    ['city.contains("a", false)', 'City contains "a", in any case.'],
    ['xEvent[type = "order.placed"].count() >= 3', 'The number of events where type is "order.placed" is at least 3.'],
    ['renewal occurs < 7 days after now', 'Renewal is less than 7 days after now.'],
  ])('of %s', (text, sentence) => expect(describeExpression(treeOf(text))).toBe(sentence));
});

describe('the stored form', () => {
  test('its schema and its type are the same', () => {
    expectTypeOf<z.infer<typeof expressionNode>>().toExtend<Expression>();
    expectTypeOf<Expression>().toExtend<z.infer<typeof expressionNode>>();
  });

  test('has a JSON Schema that names every node', () => {
    const text = JSON.stringify(expressionJsonSchema());
    for (const op of ['literal', 'path', 'occurs', 'chain', 'let', 'duration']) expect(text).toContain(`"${op}"`);
  });

  test('refuses hostile depth and size without exhausting the stack', () => {
    let deep: unknown = { op: 'now' };
    for (let i = 0; i < 100_000; i++) deep = { op: 'not', of: deep };
    expect(expressionSchema.safeParse(deep).success).toBe(false);
    const long = { op: 'and', of: Array.from({ length: 900 }, () => ({ op: 'now' })) };
    expect(expressionSchema.safeParse(long).success).toBe(false);
    expect(expressionSchema.safeParse({ op: 'now', extra: 1 }).success).toBe(false);
  });
});

describe('limits', () => {
  test.each([
    ['parentheses', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`],
    ['not', `${'not '.repeat(10_000)}a`],
    ['brackets', '['.repeat(30_000)],
    ['let', `${'let a = (1) in '.repeat(4_000)}a`],
    ['where', `${'exists a from b where '.repeat(2_900)}c`],
    ['calls', `a${'.b()'.repeat(15_000)}`],
    ['sums', `a${'+a'.repeat(30_000)}`],
    ['aggregates', 'sum ('.repeat(12_000)],
    ['sums of sums', 'sum(a)+'.repeat(9_000)],
    ['1 MB', 'a'.repeat(1_000_000)],
  ])('a rule of deep or long %s is refused', (_, text) => {
    const parsed = parseExpression(text);
    expect(parsed.ok ? 'accepted' : parsed.error.code).toMatch(/^(?:tooDeep|tooLong|tooManyNodes|syntax)$/);
  });

  test('a list of a thousand values is one part', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => `"sku-${i}"`);
    const text = `sku in [${values.join(', ')}]`;
    expect(text.length).toBeLessThan(MAX_RULE_TEXT);
    expect(parseExpression(text).ok).toBe(true);
  });
});

describe('errors', () => {
  const attributes = new Map<string, AttributeType>([
    ['age', 'number'],
    ['tier', 'string'],
    ['born', 'instant'],
    ['vip', 'boolean'],
    ['sizes', 'list'],
  ]);
  test.each([
    ['tir = "gold"', 'unknownName', 1, 'Did you mean "tier"?'],
    ['age = "30"', 'typeMismatch', 5, 'A number cannot be compared with text.'],
    ['vip > false', 'typeMismatch', 5, 'no order'],
    ['born < "soon"', 'impossibleDate', 8, 'ISO 8601'],
    ['age + tier > 1', 'typeMismatch', 7, 'takes numbers'],
    ['tier.startsWith(1)', 'typeMismatch', 17, 'expects text'],
    ['tier.startWith("a")', 'unknownFunction', 6, 'Did you mean "startsWith"?'],
    ['sizes = 1', 'typeMismatch', 7, 'A list cannot'],
    ['age and vip', 'typeMismatch', 1, 'condition'],
    ['inSegment("its")', 'unknownSegment', 11, 'Did you mean "it"?'],
    ['score("churm") > 1', 'unknownModel', 7, 'Did you mean "churn"?'],
    ['spend > 1 and "a" = spend', 'typeMismatch', 19, 'compared'],
    ['tier.matches("(")', 'badPattern', 14, 'no ")"'],
    ['born occurs <= 7 weks before now', 'unknownUnit', 18, 'Did you mean "week'],
  ])('%s', (text, code, column, detail) => {
    const measures = new Map([['spend', 'xEvent.sum(total)']]);
    const [first] = problems(text, { attributes, measures, models: new Set(['churn']) });
    expect(first).toMatchObject({ code, position: { line: 1, column }, detail: expect.stringContaining(detail) });
  });

  test('a cycle names its path', () => {
    const measures = new Map([['m', 'if(inSegment("b"), 1, 2)']]);
    const found = problems('inSegment("b")', {
      segments: new Map([
        ['a', 'm > 1'],
        ['b', 'inSegment("a")'],
      ]),
      measures,
    });
    expect(found).toEqual([
      expect.objectContaining({
        code: 'cycle',
        detail: expect.stringContaining('segment a → measure m → segment b → segment a'),
      }),
    ]);
  });

  test('a chain of references is not limited by the stack', () => {
    const segments = new Map(
      Array.from({ length: 10_000 }, (_, i) => [`s${i}`, i === 0 ? 'true' : `inSegment("s${i - 1}")`]),
    );
    expect(problems('', { segments })).toEqual([]);
  });

  test('problems of every rule are reported at once', () => {
    const segments = new Map([
      ['a', 'x ='],
      ['b', '1'],
      ['c', 'true'],
    ]);
    expect(problems('', { segments }).map(({ owner }) => owner?.name)).toEqual(['a', 'b']);
  });
});

describe('patterns', () => {
  test('that explode elsewhere take linear time here', () => {
    const bomb = compilePattern('(a+)+$');
    expect(bomb.ok && matchGroups(bomb.value, `${'a'.repeat(8_000)}!`)).toBe(null);
  });

  test.each([
    '(?=a)',
    '(?<!a)',
    '\\1',
    'a**',
    '(',
    ')',
    '[',
    '[z-a]',
    '\\p{Nonsense}',
    '\\8',
    'a{1001}',
    '((a{100}){100}){100}',
    'a'.repeat(1_001),
    '('.repeat(500),
  ])('refuses %s', (text) => expect(compilePattern(text).ok).toBe(false));
});
