/** Ways to divide a value among the repeats of an expression: about what an engine tries before it gives up. */
const MAX_WAYS = 2 ** 22;
/** Longest value that an expression meets, and so the most of a repeat without an upper end. */
const MOST = 1024;

/**
 * Why an expression of an operator may not meet the values of strangers, or null when it may. Expressions backtrack: a repeat
 * inside a repeat takes exponential time on a value made for it, and such a value comes with a request. `whole`: it must match all of a
 * value, so that it is tried at its beginning only.
 */
export function expressionProblem(source: string, whole: boolean): string | null {
  if (!compiles(source)) return 'not a regular expression';
  /** Of each open group: whether it holds a repeat or an alternative. */
  const groups: boolean[] = [false];
  let closed: boolean | null = null;
  let isTriedOnce = whole || source.startsWith('^');
  let ways = 1;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    const repeat = repeatAt(source, at);
    if (repeat) {
      if (closed && repeat.most > 1) return 'a repeated group may hold neither a repeat nor an alternative';
      ways *= repeat.most - repeat.least + 1;
      groups[groups.length - 1] = true;
      closed = null;
      at += repeat.length - 1;
      continue;
    }
    closed = null;
    if (char === '\\') at++;
    else if (char === '[') at = endOfClass(source, at);
    else if (char === '(') {
      groups.push(false);
      // `?` after `(` is no repeat: `(?:`, `(?=`, `(?<name>`.
      if (source[at + 1] === '?') at++;
    } else if (char === '|') {
      groups[groups.length - 1] = true;
      isTriedOnce &&= whole || groups.length > 1;
    } else if (char === ')') {
      closed = groups.pop() ?? false;
      // What makes a group dangerous to repeat makes the group around it so too.
      if (closed) groups[groups.length - 1] = true;
    }
  }
  return ways * (isTriedOnce ? 1 : MOST) > MAX_WAYS
    ? 'too many repeats: a value could be made for it that takes seconds; give them upper ends, or begin with ^'
    : null;
}

interface Repeat {
  readonly length: number;
  readonly least: number;
  readonly most: number;
}

const REPEAT = /^(?:\*|\+|\?|\{(\d+)(,?)(\d*)\})\??/;
/** The longest text of a repeat that an expression of 200 characters has a use for. */
const REPEAT_LENGTH = 24;

function repeatAt(source: string, at: number): Repeat | null {
  const found = REPEAT.exec(source.slice(at, at + REPEAT_LENGTH));
  if (!found) return null;
  const [text, least = '0', comma, most] = found;
  const { length } = text;
  if (text.startsWith('?')) return { length, least: 0, most: 1 };
  if (!text.startsWith('{')) return { length, least: 0, most: MOST };
  const end = comma === ',' ? (most ? Number(most) : MOST) : Number(least);
  return { length, least: Math.min(Number(least), MOST), most: Math.min(Math.max(end, Number(least)), MOST) };
}

function endOfClass(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === ']') return at;
  }
  return source.length;
}

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
