import type { Pattern } from '../language/pattern.ts';
import type { Predicate } from '../runtime/program.ts';
import { finishAutomaton } from './finish-automaton.ts';

/** Alternatives and characters beyond which looking for atoms would cost more than it saves. */
const MOST_ATOMS = 12;
const LONGEST_ATOM = 24;
const MOST_STEPS = 400;

const NOTHING: Pattern = { instructions: [], groups: 0 };

/** The predicate with the plain texts by which most texts are done with, where it has some. */
export function withAtoms(predicate: Predicate): Predicate {
  if (predicate.is !== 'like' && predicate.is !== 'matches') return predicate;
  if ('automaton' in predicate) return predicate;
  const atoms = predicate.is === 'like' ? piecesOf(predicate.value) : beginningsOf(predicate.pattern);
  if (atoms === null) return finished(predicate);
  const those = (enough: boolean) => [...atoms].filter(([, is]) => is === enough).map(([text]) => text);
  const [passes, tries] = [those(true), those(false)];
  // Nobody runs it then.
  if (predicate.is === 'matches' && tries.length === 0) return { is: 'matches', pattern: NOTHING, passes, tries };
  return { ...finished(predicate), passes, tries };
}

/** A pattern whose automaton is small needs no machine. */
function finished(predicate: Extract<Predicate, { is: 'like' | 'matches' }>): typeof predicate {
  if (predicate.is === 'like' || 'automaton' in predicate) return predicate;
  const automaton = finishAutomaton(predicate.pattern);
  return automaton === null ? predicate : { is: 'matches', automaton };
}

/** The longest plain part of a pattern of `like`. */
function piecesOf(value: string): ReadonlyMap<string, boolean> | null {
  const longest = value.split(/[%_]/).reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest === '' ? null : new Map([[longest, value === `%${longest}%`]]);
}

/** The plain texts that a match may begin with, if it begins with nothing else, and whether that is enough. */
function beginningsOf({ instructions }: Pattern): ReadonlyMap<string, boolean> | null {
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
  return atoms;
}
