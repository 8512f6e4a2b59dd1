/** What stands beside a place in a text, as far as assertions care: its edge, the end of a line, a letter or digit, anything else. */
export const EDGE = 0;
const LINE = 1;
const WORD = 2;
export const OTHER = 3;

/** A code point as a neighbour; undefined: the text's edge. */
export function kindOf(code: number | undefined): number {
  if (code === undefined) return EDGE;
  if (code === 10) return LINE;
  // a to z in either case, digits, the low line.
  const letter = code | 32;
  const isWord = (letter >= 97 && letter <= 122) || (code >= 48 && code <= 57) || code === 95;
  return isWord && code < 128 ? WORD : OTHER;
}

/** Whether an assertion holds between two neighbours. */
export function holds(at: string, before: number, after: number): boolean {
  if (at === 'textStart') return before === EDGE;
  if (at === 'textEnd') return after === EDGE;
  if (at === 'lineStart') return before <= LINE;
  if (at === 'lineEnd') return after <= LINE;
  return ((before === WORD) !== (after === WORD)) === (at === 'wordEdge');
}
