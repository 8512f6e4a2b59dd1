import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { limit } from '../../../core/lib/limits.ts';
import { checkRules, type RuleTexts } from '../../../core/segment/language/check-rules.ts';
import { MAX_NESTING } from '../../../core/segment/language/grammar.ts';
import { MAX_RULE_TEXT, parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { type Check, checkEach } from '../check.ts';

function rulesOf(more: Partial<Record<'segments' | 'measures', Readonly<Record<string, string>>>>, timeZone = 'UTC') {
  const input: RuleTexts = {
    segments: new Map(Object.entries(more.segments ?? {})),
    measures: new Map(Object.entries(more.measures ?? {})),
    attributes: new Map(),
    models: null,
    timeZone,
  };
  return checkRules(input);
}

function cyclesOf(more: Parameters<typeof rulesOf>[0]) {
  const found = rulesOf(more);
  const problems = found.ok ? [] : found.error;
  return problems.map(({ owner, code, detail, position }) => [
    owner?.kind,
    owner?.name,
    code,
    position?.column,
    detail,
  ]);
}

const uses = (id: string) => `inSegment("${id}")`;

/** Rules with each other, and the limits of one. */
export const checks: readonly Check[] = [
  {
    name: 'a cycle of segments names its path only, and its last reference',
    run: () =>
      deepStrictEqual(
        cyclesOf({ segments: { a: `true or ${uses('b')}`, b: `true and ${uses('c')}`, c: `not ${uses('b')}` } }),
        [['segment', 'c', 'cycle', 15, 'A rule cannot depend on itself: segment b → segment c → segment b.']],
      ),
  },
  {
    name: 'a cycle through measures',
    run: () =>
      deepStrictEqual(cyclesOf({ segments: { s: 'm > 1' }, measures: { m: `if(${uses('s')}, 1, 2)` } }), [
        ['measure', 'm', 'cycle', 14, 'A rule cannot depend on itself: segment s → measure m → segment s.'],
      ]),
  },
  {
    name: 'a cycle by a later reference',
    run: () =>
      deepStrictEqual(
        cyclesOf({ segments: { a: uses('b'), b: `${uses('c')} and ${uses('c')} and ${uses('a')}`, c: 'true' } }),
        [['segment', 'b', 'cycle', 49, 'A rule cannot depend on itself: segment a → segment b → segment a.']],
      ),
  },
  {
    name: 'a level of nesting too much gives no hint of a unit',
    run: () => {
      const parsed = parseExpression(`${'('.repeat(MAX_NESTING)}dayz`);
      strictEqual(parsed.ok ? '' : parsed.error.detail, `A rule nests at most ${MAX_NESTING} levels of text.`);
    },
  },
  {
    name: 'text side by side does not nest',
    run: () => strictEqual(parseExpression(Array.from({ length: 200 }, () => '(a)').join(' and ')).ok, true),
  },
  {
    name: 'a field begins at its first name',
    run: () => {
      for (const text of ['orders.head().price', 'orders.head().price.net', 'orders.head().price.net.x']) {
        const parsed = parseExpression(text);
        strictEqual(parsed.ok && parsed.value.offsets.get(parsed.value.tree), 14);
      }
    },
  },
  {
    name: 'segments used twice are no cycle',
    run: () => {
      const d = `${uses('b')} and ${uses('c')} and ${uses('b')}`;
      deepStrictEqual(cyclesOf({ segments: { d, c: uses('a'), b: uses('a'), a: 'true' } }), []);
      deepStrictEqual(cyclesOf({ segments: { a: 'true', b: uses('a'), c: uses('a'), d } }), []);
    },
  },
  {
    name: 'a cycle behind rules that are no part of one',
    run: () =>
      deepStrictEqual(cyclesOf({ segments: { a: `${uses('b')} or ${uses('c')}`, b: 'true', c: uses('c') } }), [
        ['segment', 'c', 'cycle', 11, 'A rule cannot depend on itself: segment c → segment c.'],
      ]),
  },
  {
    name: 'many rules share many others in little time',
    run: () => {
      const segments: Record<string, string> = { s0: 'true' };
      for (let i = 1; i <= 40; i++) segments[`s${i}`] = `${uses(`s${i - 1}`)} and ${uses(`s${i - 1}`)}`;
      const turned = Object.fromEntries(Object.entries(segments).reverse());
      deepStrictEqual(cyclesOf({ segments: turned }), []);
    },
  },
  {
    name: 'checked rules are the parsed trees',
    run: () => {
      const found = rulesOf({ segments: { s: 'm > 1' }, measures: { m: 'xEvent.count()' } });
      deepStrictEqual(found.ok && [...found.value.segments.keys(), ...found.value.measures.keys()], ['s', 'm']);
      deepStrictEqual(found.ok && found.value.measures.get('m'), {
        op: 'call',
        function: 'count',
        args: [{ op: 'path', climb: 0, steps: ['xEvent'] }],
      });
    },
  },
  {
    name: 'a stored tree is checked by its canonical text',
    run: () => {
      const found = checkRules({
        segments: new Map([['s', { op: 'not', of: { op: 'literal', value: 1 } }]]),
        measures: new Map(),
        attributes: null,
        models: null,
        timeZone: 'UTC',
      });
      deepStrictEqual(found.ok ? [] : found.error.map(({ position }) => position), [{ line: 1, column: 5 }]);
    },
  },
  {
    name: 'a time zone that does not exist',
    run: () => {
      const found = rulesOf({ segments: { s: 'true' } }, 'Mars/Olympus');
      deepStrictEqual(found, {
        ok: false,
        error: [
          {
            owner: null,
            code: 'unknownTimeZone',
            detail: 'There is no time zone "Mars/Olympus": expected UTC or an IANA name such as Europe/Berlin.',
            position: null,
          },
        ],
      });
      strictEqual(rulesOf({ segments: { s: 'true' } }, 'Europe/Berlin').ok, true);
    },
  },
  {
    name: 'names are free where attributes and models are not known',
    run: () => {
      const found = checkRules({
        segments: new Map([['s', 'm = "x" and a = 1 and score("any") > 0']]),
        measures: new Map([['m', 'xEvent.count()']]),
        attributes: null,
        models: null,
        timeZone: 'UTC',
      });
      strictEqual(found.ok, true);
    },
  },
  {
    name: 'a measure has a type, and a measure that uses it too',
    run: () => {
      const found = rulesOf({ segments: { s: 'n = "x"' }, measures: { n: 'm', m: 'xEvent.count()' } });
      deepStrictEqual(found.ok ? [] : found.error.map(({ detail }) => detail), [
        'A number cannot be compared with text.',
      ]);
    },
  },
  {
    name: 'a measure with an error is reported once',
    run: () => {
      const found = rulesOf({ segments: { s: 'm = 1 or m = 2' }, measures: { m: 'nothing' } });
      deepStrictEqual(found.ok ? [] : found.error.map(({ owner }) => owner), [{ kind: 'measure', name: 'm' }]);
    },
  },
  ...checkEach(
    'limit',
    [
      ['text', `${' '.repeat(MAX_RULE_TEXT - 1)}a`, ` ${' '.repeat(MAX_RULE_TEXT - 1)}a`, 'tooLong', 1],
      [
        'parts',
        Array.from({ length: limit('ruleNodes') - 1 }, () => 'a').join(' and '),
        Array.from({ length: limit('ruleNodes') }, () => 'a').join(' and '),
        'tooManyNodes',
        1,
      ],
      [
        'depth',
        `${'not '.repeat(limit('ruleDepth') - 1)}a`,
        `${'not '.repeat(limit('ruleDepth'))}a`,
        'tooDeep',
        4 * limit('ruleDepth') + 1,
      ],
      [
        'nesting',
        `${'('.repeat(MAX_NESTING - 1)}a${')'.repeat(MAX_NESTING - 1)}`,
        `${'('.repeat(MAX_NESTING)}a${')'.repeat(MAX_NESTING)}`,
        'tooDeep',
        MAX_NESTING + 1,
      ],
    ] as const,
    (_, allowed, refused, code, column) => {
      strictEqual(parseExpression(allowed).ok, true);
      const parsed = parseExpression(refused);
      ok(!parsed.ok);
      deepStrictEqual([parsed.error.code, parsed.error.position], [code, { line: 1, column }]);
      ok(/\d/.test(parsed.error.detail));
    },
  ),
  {
    name: 'limits are named in the words of the author',
    run: () => {
      const detailOf = (text: string) => {
        const parsed = parseExpression(text);
        return parsed.ok ? '' : parsed.error.detail;
      };
      strictEqual(
        detailOf(' '.repeat(MAX_RULE_TEXT + 1)),
        `The rule has ${MAX_RULE_TEXT + 1} characters; at most ${MAX_RULE_TEXT} are allowed.`,
      );
      const many = limit('ruleNodes') + 1;
      strictEqual(
        detailOf(Array.from({ length: many - 1 }, () => 'a').join(' or ')),
        `The rule has ${many} parts; at most ${limit('ruleNodes')} are allowed.`,
      );
      strictEqual(
        detailOf(`${'not '.repeat(limit('ruleDepth'))}a`),
        `A rule nests at most ${limit('ruleDepth')} levels.`,
      );
      strictEqual(detailOf('('.repeat(MAX_NESTING)), `A rule nests at most ${MAX_NESTING} levels of text.`);
    },
  },
  {
    name: 'a parser that gave up reads the next rule',
    run: () => {
      for (const broken of ['('.repeat(500), 'a occurs < 3 foos before now', '((((', `${'f('.repeat(100)}`]) {
        strictEqual(parseExpression(broken).ok, false);
        strictEqual(parseExpression(`${'('.repeat(MAX_NESTING - 1)}a${')'.repeat(MAX_NESTING - 1)}`).ok, true);
      }
    },
  },
];
