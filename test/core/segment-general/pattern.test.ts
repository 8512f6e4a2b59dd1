import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import { matchGroups } from '../../../core/segment/runtime/pattern/match-groups.ts';
import { createPatternTest } from '../../../core/segment/runtime/pattern/test-pattern.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 5_000 : 300;

function patternOf(text: string) {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value;
}

const atom = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.',
  '[a-c]',
  '[^b]',
  '\\w',
  '\\W',
  '\\d',
  '\\b',
  '\\B',
  '^',
  '$',
  '(?m:^)',
  '(?m:$)',
  '(?i)a',
  'é',
  '(?i:É)',
  '😀',
  '\\s',
  '\\n',
  '',
);
const source: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map(([a, b]) => `(?:${a})${b}`),
  ),
})).node;
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', ' ', '\n', '1', 'é', 'É', '😀', '_', '\ud83d'), { maxLength: 12 })
  .map((parts) => parts.join(''));

test('a pattern is found exactly where the machine with groups finds it', () => {
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 1, maxLength: 6 }), (of, texts) => {
      const compiled = compilePattern(of);
      if (!compiled.ok) return;
      const isFound = createPatternTest(compiled.value);
      for (const one of texts) {
        expect(isFound(one), `${of} in ${JSON.stringify(one)}`).toBe(matchGroups(compiled.value, one) !== null);
      }
    }),
    { numRuns: CASES * 4 },
  );
});

test('plain beginnings and ends', () => {
  for (const of of [
    'abc',
    '^abc',
    'abc$',
    '^abc$',
    '^',
    '$',
    '',
    'ab.',
    '^ab+',
    'ab|c',
    'a$b',
    '^^a',
    '(ab)c',
    '(a|b)c',
    '(?:ab)+c',
  ]) {
    const isFound = createPatternTest(patternOf(of));
    for (const one of ['', 'abc', 'xabc', 'abcx', 'ab', 'xabx', 'c', 'abab', 'ababc', 'a', 'bc'])
      expect(isFound(one), `${of} in ${one}`).toBe(new RegExp(of).test(one));
  }
});

test('states and characters are forgotten when there are too many', () => {
  // A state for each set of the last nine places with an a.
  const isFound = createPatternTest(patternOf('a.{9}b'));
  const native = /a.{9}b/su;
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  for (let round = 0; round < 300; round++) {
    const one = Array.from({ length: 60 }, () =>
      random() % 40 === 0 ? 'b' : random() % 3 === 0 ? 'a' : String.fromCodePoint(0x4e00 + (random() % 9000)),
    ).join('');
    expect(isFound(one), one).toBe(native.test(one));
  }
});
