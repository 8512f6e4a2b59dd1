import { createPatternTest } from '../pattern/test-pattern.ts';
import type { Predicate } from '../program.ts';
import { createAutomatonTest } from './automaton-test.ts';
import { isLike } from './is-like.ts';

/** A test of text that costs more than looking for a few pieces of plain text. No match begins before the place `from`. */
export type SlowTest = (text: string, from: number) => boolean;

export function createSlowTest(predicate: Extract<Predicate, { readonly is: 'like' | 'matches' }>): SlowTest {
  if (predicate.is === 'like') return (text) => isLike(text, predicate.value);
  // Made when first needed: most texts contain no atom of most patterns.
  let run: SlowTest | null = null;
  return (text, from) => {
    run ??= 'automaton' in predicate ? createAutomatonTest(predicate.automaton) : createPatternTest(predicate.pattern);
    return run(text, from);
  };
}
