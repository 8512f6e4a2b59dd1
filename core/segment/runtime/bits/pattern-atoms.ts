import type { Pattern } from '../../language/pattern.ts';
import { createPatternTest } from '../pattern/test-pattern.ts';
import type { Predicate } from '../program.ts';
import { isLike } from './is-like.ts';

/** A test of text that costs more than looking for a few pieces of plain text. */
export interface SlowTest {
  /** No atom stands before the place `from`. */
  readonly test: (text: string, from: number) => boolean;
  /** Where none of these stands in a text, the test fails; null: it must be tried. Finding one that is `enough` passes it. */
  readonly atoms: readonly Atom[] | null;
}

export interface Atom {
  readonly text: string;
  readonly enough: boolean;
}

/** Alternatives and characters beyond which looking for atoms would cost more than it saves. */
const MOST_ATOMS = 12;
const LONGEST_ATOM = 24;
const MOST_STEPS = 400;

export function createSlowTest(predicate: Extract<Predicate, { readonly is: 'like' | 'matches' }>): SlowTest {
  if (predicate.is === 'matches') {
    const { pattern } = predicate;
    // Made when first needed: most texts contain no atom of most patterns.
    let run: SlowTest['test'] | null = null;
    const test: SlowTest['test'] = (text, from) => {
      run ??= createPatternTest(pattern);
      return run(text, from);
    };
    return { test, atoms: atomsOf(pattern) };
  }
  const { value } = predicate;
  const longest = value.split(/[%_]/).reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  const enough = value === `%${longest}%`;
  return { test: (text) => isLike(text, value), atoms: longest === '' ? null : [{ text: longest, enough }] };
}

/** The plain texts that a match may begin with, if it begins with nothing else. */
function atomsOf({ instructions }: Pattern): readonly Atom[] | null {
  const atoms = new Map<string, boolean>();
  const open = [{ at: 0, text: '', enough: true }];
  let steps = 0;
  for (let path = open.pop(); path; path = open.pop()) {
    if (++steps > MOST_STEPS || atoms.size > MOST_ATOMS) return null;
    const { at, text, enough } = path;
    const instruction = instructions[at];
    switch (instruction?.op) {
      case 'jump':
        open.push({ ...path, at: instruction.to });
        continue;
      case 'split':
        open.push({ ...path, at: instruction.first }, { ...path, at: instruction.second });
        continue;
      case 'save':
        open.push({ ...path, at: at + 1 });
        continue;
      case 'assert':
        open.push({ at: at + 1, text, enough: false });
        continue;
      case 'set': {
        const { ranges, negated, fold } = instruction.set;
        const [first = 0, last] = ranges;
        const isOne = ranges.length === 2 && first === last && !negated && !fold;
        // Half of a pair is found by `includes` inside of a pair.
        const isHalf = first >= 0xd800 && first < 0xe000;
        if (isOne && !isHalf && text.length < LONGEST_ATOM) {
          open.push({ at: at + 1, text: text + String.fromCodePoint(first), enough });
          continue;
        }
      }
    }
    if (text === '') return null;
    const isEnough = enough && instruction?.op === 'match';
    atoms.set(text, isEnough || atoms.get(text) === true);
  }
  return [...atoms].map(([text, enough]) => ({ text, enough }));
}
