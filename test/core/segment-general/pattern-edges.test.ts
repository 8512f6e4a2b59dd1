import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import { matchGroups } from '../../../core/segment/runtime/pattern/match-groups.ts';
import { createPatternTest } from '../../../core/segment/runtime/pattern/test-pattern.ts';

/** Every text of up to three of these: letters, an end of line, a character of two units, and each of its halves. */
const LETTERS = ['a', 'b', '_', '\n', 'é', '😀', '\ud83d', '\ude00'];
const WORDS = ['', ...LETTERS];
const TEXTS = [
  ...new Set(WORDS.flatMap((first) => WORDS.flatMap((second) => WORDS.map((third) => [first, second, third])))),
]
  .map((letters) => letters.join(''))
  .filter((text, i, all) => all.indexOf(text) === i);

/** Patterns that mean the same in RE2 and, with the flag `u`, in JavaScript (a bare `\B` does not: V8 finds it in the middle of a pair). */
const PATTERNS = [
  ...['a', 'ab', 'é', '😀', '\ud83d', '\ude00', '\ud83da', 'a\ude00', '\ue000', '\ud7ff', '_'],
  ...['.', '..', 'a.', '.a', '[ab]', '[^a]', '[^\ud83d]', '[😀é]', '[a-z]', '\\w', '\\W', '\\d', '[\\n]'],
  ...['^a', 'a$', '^a$', '^', '$', '^$', '', 'a^', '$a', '^\\n', '\\n$', '^^a', 'a$$'],
  ...['\\b', '\\ba', 'a\\b', '\\Ba', 'a\\B', '\\b_', 'é\\b', '\\bé'],
  ...['a|b', '^a|b$', 'a|ab', 'ab|a', '(a)(b)?', '(a|b)(é|_)', '(?:a|b)é', '(a|b)+', '(a*)(b*)', '(a*?)(b)', '()a'],
  ...['a*', 'a+', 'a?b', 'a*?b', 'a{2}', 'a{2,}', 'a{1,2}b', '(a|ab)(_|b_)', '(😀|\ud83d)', '(.)(.)', '^(.)+$'],
  ...['(?m:^)b', 'a(?m:$)', '(?m:^)(?m:$)', '(?m:^a$)', '(?m:$)\\n'],
];

describe.each(PATTERNS)('the pattern %j', (source) => {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.error);
  const pattern = compiled.value;
  const native = new RegExp(source, 'u');

  test('is found where JavaScript finds it, with its groups', () => {
    const isFound = createPatternTest(pattern);
    const wrong = TEXTS.filter((text) => {
      const expected = native.exec(text);
      const groups = expected && [...expected].map((group) => group ?? null);
      const isRight = JSON.stringify(matchGroups(pattern, text)) === JSON.stringify(groups);
      return isFound(text) !== (expected !== null) || !isRight;
    });
    expect(wrong).toEqual([]);
  });
});

test.each(PATTERNS)('%j is found from a place before which no match begins', (source) => {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.error);
  const isFound = createPatternTest(compiled.value);
  const native = new RegExp(source, 'u');
  const wrong = ['ab', 'ba', 'aab', '_a', 'a\na', 'éa', '😀a', 'a b', '_b', 'é'].flatMap((text) => {
    const match = native.exec(text);
    const places = Array.from(text, (_, i) => [...text].slice(0, i).join('').length);
    return places.filter((from) => from <= (match?.index ?? text.length) && isFound(text, from) !== (match !== null));
  });
  expect(wrong).toEqual([]);
});

test('texts are told apart also where there are many characters and states', () => {
  const compiled = compilePattern('(?:[α-ω]x){3}[а-я]+$');
  if (!compiled.ok) throw new Error(compiled.error);
  const isFound = createPatternTest(compiled.value);
  const native = /(?:[α-ω]x){3}[а-я]+$/u;
  const letters = ['α', 'ω', 'x', 'а', 'я', '!', '中', '😀'];
  let seed = 11;
  const next = (most: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let i = 0; i < 400; i++) {
    const noise = Array.from({ length: 6 }, () => String.fromCodePoint(0x4e00 + next(5_000))).join('');
    const tail = Array.from({ length: 8 }, () => letters[next(letters.length)]).join('');
    const text = i % 2 === 0 ? noise + tail : `${tail}αxωxγx${letters[next(4)]}я`;
    expect(isFound(text), text).toBe(native.test(text));
  }
});
