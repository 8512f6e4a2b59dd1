import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finishAutomaton } from '../../../core/segment/compile/finish-automaton.ts';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import { createAutomatonTest } from '../../../core/segment/runtime/bits/automaton-test.ts';
import { matchGroups } from '../../../core/segment/runtime/pattern/match-groups.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 20_000 : 1500;

function patternOf(text: string) {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value;
}

const atom = fc.constantFrom(
  ...['a', 'b', 'ab', '.', '(?s:.)', '[a-c]', '[^b]', '\\w', '\\W', '\\d', '\\b', '\\B', '^', '$', '(?m:^)', '(?m:$)'],
  ...['(?i)a', 'é', '(?i:É)', '😀', '[é-ü]', '\\s', '\\n', ''],
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

describe('a finished automaton', () => {
  test('finds a pattern exactly where the machines find it, from any place on', () => {
    let finished = 0;
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 1, maxLength: 6 }), fc.nat(12), (of, texts, place) => {
        const compiled = compilePattern(of);
        const automaton = compiled.ok ? finishAutomaton(compiled.value) : null;
        if (!compiled.ok || automaton === null) return;
        finished++;
        const isFound = createAutomatonTest(JSON.parse(JSON.stringify(automaton)));
        for (const one of texts) {
          const said = `${of} in ${JSON.stringify(one)}`;
          expect(isFound(one, 0), said).toBe(matchGroups(compiled.value, one) !== null);
          // Nobody begins inside of a pair.
          const from = /^[\udc00-\udfff]/.test(one.slice(place)) ? 0 : Math.min(place, one.length);
          const later = patternOf(`^(?s:.{${[...one.slice(0, from)].length}})(?s:.*)(?:${of})`);
          expect(isFound(one, from), `${said} from ${from}`).toBe(matchGroups(later, one) !== null);
        }
      }),
      { numRuns: CASES },
    );
    expect(finished).toBeGreaterThan(CASES / 3);
  });

  test('has the fewest states and classes', () => {
    // One row; the end of the text, what is no a, and a.
    expect(finishAutomaton(patternOf('a'))).toMatchObject({ table: [-2, 0, -1], starts: [0, 0, 0, 0] });
    expect(finishAutomaton(patternOf('(a|b)+'))?.classes).toEqual([1, 2, 1]);
    expect(finishAutomaton(patternOf('a+|aa|a(a|a)'))).toEqual(finishAutomaton(patternOf('a')));
    // Dead anywhere but at the beginning.
    expect(finishAutomaton(patternOf('^a'))?.starts).toEqual([0, -2, -2, -2]);
  });

  test('is left to the machine where it would be large, or case is ignored by the character', () => {
    expect(finishAutomaton(patternOf('a.{9}b'))).toBeNull();
    expect(finishAutomaton(patternOf('\\p{L}'))).toBeNull();
    expect(finishAutomaton(patternOf('(?i)[^a-z]'))).toBeNull();
  });
});
