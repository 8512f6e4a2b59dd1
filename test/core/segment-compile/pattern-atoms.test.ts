import { describe, expect, test } from 'vitest';
import { withAtoms } from '../../../core/segment/compile/pattern-atoms.ts';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import type { Predicate } from '../../../core/segment/runtime/program.ts';

function atomsOf(predicate: Predicate) {
  const made = withAtoms(predicate);
  return 'passes' in made && made.passes
    ? { passes: [...made.passes].sort(), tries: [...(made.tries ?? [])].sort() }
    : null;
}

function ofPattern(text: string) {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error);
  return atomsOf({ is: 'matches', pattern: compiled.value });
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `a${String.fromCharCode(97 + i)}`);

describe('the plain texts of a pattern: those that are a match, and those that only may begin one', () => {
  test.each<readonly [pattern: string, passes: readonly string[], tries: readonly string[]]>([
    ['sale', ['sale'], []],
    ['sale|promo', ['promo', 'sale'], []],
    ['(sale|promo)s', ['promos', 'sales'], []],
    ['sale.*x', ['salex'], ['sale']],
    ['sale|promo[0-9]', ['sale'], ['promo']],
    ['sales?', ['sale', 'sales'], []],
    // An atom that is a match by itself makes the other way to it idle.
    ['sale[0-9]|sale', ['sale'], []],
    ['\\bsale', [], ['sale']],
    ['sale$', [], ['sale']],
    ['\u{1F45F}', ['\u{1F45F}'], []],
    ['x{23}', ['x'.repeat(23)], []],
    ['x{24}', ['x'.repeat(24)], []],
    ['x{25}', [], ['x'.repeat(24)]],
    [many(12).join('|'), many(12), []],
  ])('%s', (pattern, passes, tries) => expect(ofPattern(pattern)).toEqual({ passes, tries }));

  test.each([
    ['nothing is said of how it begins', '.*sale'],
    ['it may begin in several ways', '[a-c]sale'],
    ['by a set of two letters', '[ac]sale'],
    ['by all but one letter', '[^a]sale'],
    ['in either case', '(?i)sale'],
    ['it may be empty', '(sale)?'],
    ['it goes on for ever', '(a|b)*c'],
  ])('none where %s: %s', (_, pattern) => expect(ofPattern(pattern)).toBeNull());

  test('none of too many', () => {
    expect(ofPattern(many(14).join('|'))).toBeNull();
  });

  test.each([
    ['%sale%', ['sale'], []],
    ['sale%', [], ['sale']],
    ['%sale', [], ['sale']],
    ['sale', [], ['sale']],
    ['%new_sale%', [], ['sale']],
    ['%a%', ['a'], []],
  ])('of like %s', (value, passes, tries) => expect(atomsOf({ is: 'like', value })).toEqual({ passes, tries }));

  test('none of like without a letter, and of other conditions', () => {
    expect(['%', '', '_%'].map((value) => atomsOf({ is: 'like', value }))).toEqual([null, null, null]);
    expect(withAtoms({ is: '=', value: 'a' })).toEqual({ is: '=', value: 'a' });
  });
});
