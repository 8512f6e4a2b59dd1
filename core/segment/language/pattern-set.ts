/** A set of code points: pairs of first and last, then whether it is turned around, and whether case is ignored. */
export interface CodeSet {
  readonly ranges: readonly number[];
  readonly negated: boolean;
  readonly fold: boolean;
}

const LAST = 0x10ffff;

/** Perl classes are ASCII, as in RE2. */
const PERL: Readonly<Record<string, readonly number[]>> = {
  d: [48, 57],
  w: [48, 57, 65, 90, 95, 95, 97, 122],
  s: [9, 10, 12, 13, 32, 32],
};

const POSIX: Readonly<Record<string, readonly number[]>> = {
  alnum: [48, 57, 65, 90, 97, 122],
  alpha: [65, 90, 97, 122],
  ascii: [0, 127],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit: [48, 57],
  graph: [33, 126],
  lower: [97, 122],
  print: [32, 126],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  space: [9, 13, 32, 32],
  upper: [65, 90],
  word: [48, 57, 65, 90, 95, 95, 97, 122],
  xdigit: [48, 57, 65, 70, 97, 102],
};

/** The ranges of `\d`, `\W` and so on; null for another letter. */
export function perlRanges(letter: string): readonly number[] | null {
  const ranges = PERL[letter.toLowerCase()];
  if (!ranges) return null;
  return letter === letter.toLowerCase() ? ranges : invertRanges(ranges);
}

/** The ranges of `[:alpha:]`, `[:^digit:]`; null for another name. */
export function posixRanges(name: string): readonly number[] | null {
  const ranges = POSIX[name.replace('^', '')];
  if (!ranges) return null;
  return name.startsWith('^') ? invertRanges(ranges) : ranges;
}

/** The ranges of `\p{name}`: a general category or a script, as the JavaScript engine knows them; null for no such name. */
export function unicodeRanges(name: string): readonly number[] | null {
  const property = unicodeProperty(name);
  if (!property) return null;
  const ranges: number[] = [];
  for (let code = 0; code <= LAST; code++) {
    if (!property.test(String.fromCodePoint(code))) continue;
    if (ranges.at(-1) === code - 1) ranges[ranges.length - 1] = code;
    else ranges.push(code, code);
  }
  return ranges;
}

function unicodeProperty(name: string): RegExp | null {
  if (!/^\w+$/.test(name)) return null;
  for (const property of [`gc=${name}`, `sc=${name}`]) {
    try {
      return new RegExp(`^\\p{${property}}$`, 'u');
    } catch {
      // Not a name of this kind.
    }
  }
  return null;
}

export function invertRanges(ranges: readonly number[]): readonly number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  const inverted: number[] = [];
  let next = 0;
  for (const [first, last] of pairs) {
    if (first > next) inverted.push(next, first - 1);
    next = Math.max(next, last + 1);
  }
  if (next <= LAST) inverted.push(next, LAST);
  return inverted;
}

function inRanges(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (code >= (ranges[i] ?? 0) && code <= (ranges[i + 1] ?? 0)) return true;
  }
  return false;
}

function single(text: string): number | null {
  const code = text.codePointAt(0);
  return code !== undefined && String.fromCodePoint(code) === text ? code : null;
}

/** The other forms of a code point: of one code point each. */
function otherForms(code: number): readonly number[] {
  const text = String.fromCodePoint(code);
  const upper = text.toUpperCase();
  return [upper, text.toLowerCase(), upper.toLowerCase()].map(single).filter((form) => form !== null);
}

/** Ranges of a code point and its upper and lower forms. */
export function caseForms(code: number): readonly number[] {
  return [...new Set([code, ...otherForms(code)])].flatMap((form) => [form, form]);
}

/** Whether the code point, or where case is ignored one of its forms, belongs to the set. */
export function hasCode({ ranges, negated, fold }: CodeSet, code: number): boolean {
  const found = inRanges(ranges, code) || (fold && otherForms(code).some((form) => inRanges(ranges, form)));
  return found !== negated;
}
