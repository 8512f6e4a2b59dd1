import type { Instruction, Pattern } from './pattern.ts';
import { hasCode } from './pattern-set.ts';
import type { Assertion } from './pattern-syntax.ts';

/** Ends of the groups as indices of code points: 2 × group and that plus 1; undefined where a group took no part. */
type Slots = readonly (number | undefined)[];

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

/**
 * The leftmost match, preferring earlier alternatives, as in RE2 and Perl: the text of the whole match and of each group,
 * `null` for a group that took no part; null where nothing matches. Time is at most instructions × code points.
 */
export function matchPattern(pattern: Pattern, text: string): readonly (string | null)[] | null {
  const codes = [...text];
  let found: Slots | null = null;
  let threads: Thread[] = [];
  for (let place = 0; place <= codes.length; place++) {
    const current: Thread[] = [];
    const seen = new Set<number>();
    for (const { at, slots } of threads) follow(pattern, codes, place, { at, slots }, seen, current);
    if (found === null) follow(pattern, codes, place, { at: 0, slots: [] }, seen, current);
    threads = [];
    for (const { at, slots } of current) {
      const instruction = pattern.instructions[at] as Instruction;
      if (instruction.op === 'match') {
        found = slots;
        // What is less preferred cannot win any more.
        break;
      }
      const code = codes[place]?.codePointAt(0);
      if (instruction.op === 'set' && code !== undefined && hasCode(instruction.set, code))
        threads.push({ at: at + 1, slots });
    }
    if (found !== null && threads.length === 0) break;
  }
  if (found === null) return null;
  const slots = found;
  return Array.from({ length: pattern.groups + 1 }, (_, group) => {
    const [start, end] = [slots[2 * group], slots[2 * group + 1]];
    return start === undefined || end === undefined ? null : codes.slice(start, end).join('');
  });
}

/** Adds what the thread reaches without reading a character, in order of preference, each instruction once. */
function follow(
  pattern: Pattern,
  codes: readonly string[],
  place: number,
  start: Thread,
  seen: Set<number>,
  into: Thread[],
): void {
  const open: Thread[] = [start];
  for (let thread = open.pop(); thread; thread = open.pop()) {
    const { at, slots } = thread;
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = pattern.instructions[at] as Instruction;
    switch (instruction.op) {
      case 'jump':
        open.push({ at: instruction.to, slots });
        break;
      case 'split':
        open.push({ at: instruction.second, slots }, { at: instruction.first, slots });
        break;
      case 'save': {
        const saved = [...slots];
        saved[instruction.slot] = place;
        open.push({ at: at + 1, slots: saved });
        break;
      }
      case 'assert':
        if (holds(instruction.at, codes, place)) open.push({ at: at + 1, slots });
        break;
      default:
        into.push(thread);
    }
  }
}

const isWordAt = (codes: readonly string[], place: number) => /^\w$/.test(codes[place] ?? '');

function holds(at: Assertion, codes: readonly string[], place: number): boolean {
  switch (at) {
    case 'textStart':
      return place === 0;
    case 'textEnd':
      return place === codes.length;
    case 'lineStart':
      return place === 0 || codes[place - 1] === '\n';
    case 'lineEnd':
      return place === codes.length || codes[place] === '\n';
    case 'wordEdge':
      return isWordAt(codes, place - 1) !== isWordAt(codes, place);
    case 'noWordEdge':
      return isWordAt(codes, place - 1) === isWordAt(codes, place);
  }
}
