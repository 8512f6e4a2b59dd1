import type { Pattern } from '../../language/pattern.ts';
import { hasCode } from '../../language/pattern-set.ts';
import { holds, kindOf } from './place.ts';

/** Ends of the groups by code points: 2 × group and that plus 1. */
type Slots = readonly (number | undefined)[];

/**
 * The leftmost match, preferring earlier alternatives, as in RE2 and Perl: the text of the whole match and of each group, null for a
 * group that took no part; null where nothing matches. Time is at most instructions × code points.
 */
export function matchGroups({ instructions, groups }: Pattern, text: string): readonly (string | null)[] | null {
  const letters = [...text];
  const codes = letters.map((letter) => letter.codePointAt(0) as number);
  let found: Slots | null = null;
  let threads: (readonly [at: number, slots: Slots])[] = [];
  for (let place = 0; place <= codes.length && (found === null || threads.length > 0); place++) {
    const code = codes[place];
    const seen = new Set<number>();
    // What is preferred is taken from the end.
    const open = threads.reverse();
    if (found === null) open.unshift([0, []]);
    threads = [];
    for (let thread = open.pop(); thread; thread = open.pop()) {
      const [at, slots] = thread;
      if (seen.has(at)) continue;
      seen.add(at);
      const instruction = instructions[at];
      switch (instruction?.op) {
        case 'jump':
          open.push([instruction.to, slots]);
          break;
        case 'split':
          open.push([instruction.second, slots], [instruction.first, slots]);
          break;
        case 'save':
          open.push([at + 1, Object.assign([...slots], { [instruction.slot]: place })]);
          break;
        case 'assert':
          if (holds(instruction.at, kindOf(codes[place - 1]), kindOf(code))) open.push([at + 1, slots]);
          break;
        case 'set':
          if (code !== undefined && hasCode(instruction.set, code)) threads.push([at + 1, slots]);
          break;
        default:
          // What is less preferred cannot win any more.
          found = slots;
          open.length = 0;
      }
    }
  }
  const ends = found;
  return (
    ends &&
    Array.from({ length: groups + 1 }, (_, group) => {
      const end = ends[2 * group + 1];
      return end === undefined ? null : letters.slice(ends[2 * group], end).join('');
    })
  );
}
