import { EDGE, kindOf } from '../pattern/place.ts';
import { AUTOMATON, type Automaton } from '../program.ts';

const ASCII = 128;

/** Whether the pattern of a finished automaton is found in a text, in one pass over it. `from`: no match begins before that place. */
export function createAutomatonTest(automaton: Automaton): (text: string, from: number) => boolean {
  const { firsts, classes, table, starts } = automaton;
  const ascii = new Uint8Array(ASCII);
  for (let run = 0; run < firsts.length && (firsts[run] as number) < ASCII; run++)
    ascii.fill(classes[run] as number, firsts[run]);
  return (text, from) => {
    let row = starts[from === 0 ? EDGE : kindOf(text.charCodeAt(from - 1))] as number;
    for (let i = from; row >= 0 && i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < ASCII) row = table[row + (ascii[code] as number)] as number;
      else {
        const point = text.codePointAt(i) as number;
        if (point > 0xffff) i++;
        row = table[row + classOf(automaton, point)] as number;
      }
    }
    return (row < 0 ? row : table[row]) === AUTOMATON.found;
  };
}

function classOf({ firsts, classes }: Automaton, code: number): number {
  let run = firsts.length - 1;
  while ((firsts[run] as number) > code) run--;
  return classes[run] as number;
}
