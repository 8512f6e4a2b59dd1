const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']' };
const COMBINATORS = '>+~';
/** They end a selector in a style sheet, or begin something else there. */
const ENDS = '{};@<';

/**
 * Why a text may not stand where a style sheet wants a selector: it would close brackets that are not its own, begin a rule, or take the whole list of selectors with it. Null:
 * it may. Not a parser: names that no browser knows find nothing, and harm nobody. Linear.
 */
export function selectorProblem(selector: string): string | null {
  const open: string[] = [];
  /** What the part began or went on with last; '': nothing yet. */
  let last = '';
  for (let at = 0; at < selector.length; at++) {
    const char = selector[at] as string;
    const inBrackets = open.at(-1) === ']';
    if (char === '\\') {
      if (!/^[^\n\r\f]/.test(selector.slice(++at, at + 1))) return 'a backslash stands before what it escapes';
      last = char;
    } else if (char === '"' || char === "'") {
      const end = endOfText(selector, at);
      if (end === null) return 'a quote is not closed';
      if (open.length === 0) return 'text in quotes stands in brackets';
      at = end;
      last = char;
    } else if (char === '/' && selector[at + 1] === '*') return 'it holds no comment';
    else if (ENDS.includes(char)) return `"${char}" stands in quotes only`;
    else if (CLOSES[char] !== undefined) {
      if (inBrackets) return 'brackets do not fit together';
      open.push(CLOSES[char]);
      last = '';
    } else if (char === ')' || char === ']') {
      if (open.pop() !== char) return 'brackets do not fit together';
      if (isOpenEnd(last)) return EMPTY;
      last = char;
    } else if (char === ',' && !inBrackets) {
      if (isOpenEnd(last)) return EMPTY;
      last = '';
    } else if (COMBINATORS.includes(char) && !inBrackets) {
      // `:has(> img)` and `:nth-child(+3)` begin so.
      if (last === '' ? open.length === 0 : COMBINATORS.includes(last)) return EMPTY;
      last = char;
    } else if (!/\s/.test(char)) last = char;
  }
  if (open.length > 0) return 'brackets do not fit together';
  return isOpenEnd(last) ? EMPTY : null;
}

const EMPTY = 'none of its parts is empty';

function isOpenEnd(last: string): boolean {
  return last === '' || COMBINATORS.includes(last);
}

/** Position of the quote that closes the one at `start`. */
function endOfText(selector: string, start: number): number | null {
  for (let at = start + 1; at < selector.length; at++) {
    const char = selector[at] as string;
    if (char === selector[start]) return at;
    if (char === '\\') at++;
    else if (/[\n\r\f]/.test(char)) return null;
  }
  return null;
}
