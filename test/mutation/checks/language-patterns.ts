import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import { matchGroups } from '../../../core/segment/runtime/pattern/match-groups.ts';
import { createPatternTest } from '../../../core/segment/runtime/pattern/test-pattern.ts';
import { type Check, checkEach } from '../check.ts';
import matches from '../tables/pattern-matches.json' with { type: 'json' };
import refusals from '../tables/pattern-refusals.json' with { type: 'json' };

const MATCHES: Readonly<Record<string, Readonly<Record<string, readonly (string | null)[] | null>>>> = matches;

function compiled(text: string) {
  const pattern = compilePattern(text);
  if (!pattern.ok) throw new Error(pattern.error);
  return pattern.value;
}

const nested = (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}`;

/** Patterns against texts, as RE2 matches them, and the patterns that are refused. */
export const checks: readonly Check[] = [
  ...checkEach('pattern', Object.entries(MATCHES), (text, found) => {
    const pattern = compiled(text);
    const _test = createPatternTest(pattern);
    for (const [subject, groups] of Object.entries(found)) deepStrictEqual(matchGroups(pattern, subject), groups);
  }),
  ...checkEach('refused pattern', Object.entries(refusals), (text, detail) => {
    deepStrictEqual(compilePattern(text), { ok: false, error: detail });
  }),
  ...checkEach(
    'pattern limits',
    [
      ['nesting', nested(49), nested(50), 'Groups nest at most 50 levels.'],
      ['length', 'a'.repeat(1000), 'a'.repeat(1001), 'A pattern has at most 1000 characters.'],
      ['repetition', 'a{1000}', 'a{1001}', 'A repetition goes up to 1000, from the smaller to the larger.'],
      ['size', 'a{1000}a{997}', 'a{1000}a{998}', 'The pattern is too large: its repetitions multiply.'],
      ['nested size', '(?:a{1000}){1}', '(?:a{1000}){2}', 'The pattern is too large: its repetitions multiply.'],
    ] as const,
    (_, allowed, refused, detail) => {
      strictEqual(compilePattern(allowed).ok, true);
      deepStrictEqual(compilePattern(refused), { ok: false, error: detail });
    },
  ),
  {
    name: 'nothing, repeated',
    run: () => {
      strictEqual(compiled('(?:(?:(?:){1000}){1000}){1000}').instructions.length, 3);
      strictEqual(compiled('(?:){1000,}').instructions.length, 4);
    },
  },
  {
    name: 'pattern machine',
    run: () => {
      deepStrictEqual(compiled('a|b*?'), {
        groups: 0,
        instructions: [
          { op: 'save', slot: 0 },
          { op: 'split', first: 2, second: 4 },
          { op: 'set', set: { ranges: [97, 97], negated: false, fold: false } },
          { op: 'jump', to: 7 },
          { op: 'split', first: 7, second: 5 },
          { op: 'set', set: { ranges: [98, 98], negated: false, fold: false } },
          { op: 'split', first: 7, second: 5 },
          { op: 'save', slot: 1 },
          { op: 'match' },
        ],
      });
      strictEqual(compiled('(a)(?:b)(?P<n>c)').groups, 2);
      strictEqual(compiled('(a)'.repeat(60)).groups, 60);
      deepStrictEqual(
        ['^', '$', '(?m)^', '(?m)$', '\\b', '\\B', '\\A', '\\z'].map((text) => compiled(text).instructions[1]),
        ['textStart', 'textEnd', 'lineStart', 'lineEnd', 'wordEdge', 'noWordEdge', 'textStart', 'textEnd'].map(
          (at) => ({
            op: 'assert',
            at,
          }),
        ),
      );
    },
  },
];
