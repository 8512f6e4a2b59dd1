import { type CodeSet, caseForms, invertRanges, perlRanges, posixRanges, unicodeRanges } from './pattern-set.ts';

/** A regular expression as a tree. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CodeSet }
  | { readonly kind: 'assert'; readonly at: Assertion }
  | { readonly kind: 'group'; readonly index: number; readonly of: PatternNode }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly of: PatternNode;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    };

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge';

/** What the pattern cannot be. Internal: compilePattern turns it into a value. */
export class PatternError extends Error {}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const MAX_NESTING = 50;
const MAX_REPEAT = 1000;
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** Recursive descent over RE2's syntax: no back references, no look-around, which have no linear-time matching. */
export class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };
  groups = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws a PatternError. */
  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new PatternError('")" has no "(".');
    return node;
  }

  #choice(): PatternNode {
    if (++this.#depth > MAX_NESTING) throw new PatternError(`Groups nest at most ${MAX_NESTING} levels.`);
    const outer = this.#flags;
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    this.#flags = outer;
    this.#depth--;
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'choice', of: parts };
  }

  #sequence(): PatternNode {
    const of: PatternNode[] = [];
    while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees(')')) {
      const quoted = this.#match(/\\Q([\s\S]*?)(?:\\E|$)/y);
      if (quoted) {
        const atoms = [...(quoted[1] ?? '')].map((character) => this.#character(character.codePointAt(0) ?? 0));
        // What follows \E repeats the last character.
        const last = atoms.pop();
        of.push(...atoms, ...(last ? [this.#repeated(last)] : []));
        continue;
      }
      const atom = this.#atom();
      if (atom) of.push(this.#repeated(atom));
    }
    return { kind: 'sequence', of };
  }

  #repeated(atom: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (!bounds) return atom;
    const [min, max] = bounds;
    if (max < min || min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT)) {
      throw new PatternError(`A repetition goes up to ${MAX_REPEAT}, from the smaller to the larger.`);
    }
    const lazy = this.#take('?') !== this.#flags.U;
    if (this.#bounds()) throw new PatternError('A repetition of a repetition needs a group.');
    return { kind: 'repeat', of: atom, min, max, lazy };
  }

  #bounds(): readonly [number, number] | null {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const found = this.#match(/\{(\d{1,6})(,(\d{1,6})?)?\}/y);
    if (!found) return null;
    const min = Number(found[1]);
    return [min, found[2] === undefined ? min : found[3] === undefined ? Number.POSITIVE_INFINITY : Number(found[3])];
  }

  /** Null where the text changes only the flags. */
  #atom(): PatternNode | null {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#bracket();
      case '.':
        return this.#set(this.#flags.s ? [] : [10, 10], true, false);
      case '^':
        return { kind: 'assert', at: this.#flags.m ? 'lineStart' : 'textStart' };
      case '$':
        return { kind: 'assert', at: this.#flags.m ? 'lineEnd' : 'textEnd' };
      case '*':
      case '+':
      case '?':
        throw new PatternError(`"${character}" has nothing to repeat.`);
      case '\\':
        return this.#escape();
      default:
        return this.#character(character.codePointAt(0) ?? 0);
    }
  }

  #group(): PatternNode | null {
    if (!this.#take('?')) return this.#closed(++this.groups);
    if (this.#match(/P?<([A-Za-z_]\w*)>/y)) return this.#closed(++this.groups);
    const flags = this.#match(/([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (!flags)
      throw new PatternError('Only (?:…), (?P<name>…) and the flags i, m, s, U follow "(?": there is no look-around.');
    const before = this.#flags;
    const next = { ...before };
    for (const flag of flags[1] ?? '') next[flag as keyof Flags] = true;
    for (const flag of flags[2] ?? '') next[flag as keyof Flags] = false;
    this.#flags = next;
    if (flags[3] === ')') return null;
    const of = this.#closed(null);
    this.#flags = before;
    return of;
  }

  #closed(index: number | null): PatternNode {
    const of = this.#choice();
    if (!this.#take(')')) throw new PatternError('A group has no ")".');
    return index === null ? of : { kind: 'group', index, of };
  }

  #escape(): PatternNode {
    const letter = this.#at < this.#text.length ? this.#next() : '';
    switch (letter) {
      case 'A':
        return { kind: 'assert', at: 'textStart' };
      case 'z':
        return { kind: 'assert', at: 'textEnd' };
      case 'b':
        return { kind: 'assert', at: 'wordEdge' };
      case 'B':
        return { kind: 'assert', at: 'noWordEdge' };
    }
    const ranges = this.#classEscape(letter);
    return ranges ? this.#set(ranges, false, this.#flags.i) : this.#character(this.#codeEscape(letter));
  }

  /** `\d`, `\p{L}`; null where the escape is one character. */
  #classEscape(letter: string): readonly number[] | null {
    if (letter !== 'p' && letter !== 'P') return perlRanges(letter);
    const found = this.#match(/\{(\^?)(\w+)\}|([A-Z])/y);
    const ranges = found ? unicodeRanges(found[2] ?? found[3] ?? '') : null;
    if (!found || !ranges) throw new PatternError('Expected a Unicode category or script after "\\p", as in \\p{L}.');
    return (letter === 'P') !== (found[1] === '^') ? invertRanges(ranges) : ranges;
  }

  #codeEscape(letter: string): number {
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (letter === 'x') {
      const found = this.#match(/([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\}/y);
      const code = found ? Number.parseInt(found[1] ?? found[2] ?? '', 16) : Number.NaN;
      if (!(code <= 0x10ffff)) throw new PatternError('Expected a code point after "\\x", as in \\x41 or \\x{1F600}.');
      return code;
    }
    if (/^[1-9]$/.test(letter)) throw new PatternError(`"\\${letter}": back references have no linear-time matching.`);
    if (letter === '' || /^[\p{L}\p{N}]$/u.test(letter)) throw new PatternError(`"\\${letter}" is no escape.`);
    return letter.codePointAt(0) ?? 0;
  }

  #bracket(): PatternNode {
    const negated = this.#take('^');
    const ranges: number[] = [];
    for (let first = true; first || !this.#sees(']'); first = false) {
      if (this.#at >= this.#text.length) throw new PatternError('A class has no "]".');
      const named = this.#match(/\[:(\^?[a-z]+):\]/y);
      if (named) {
        const found = posixRanges(named[1] ?? '');
        if (!found) throw new PatternError(`There is no class [:${named[1]}:].`);
        ranges.push(...found);
      } else this.#classItem(ranges);
    }
    this.#next();
    return this.#set(ranges, negated, this.#flags.i);
  }

  #classItem(ranges: number[]): void {
    const start = this.#classCode();
    if (typeof start !== 'number') {
      for (const edge of start) ranges.push(edge);
      return;
    }
    const isRange = this.#sees('-') && this.#text[this.#at + 1] !== undefined && this.#text[this.#at + 1] !== ']';
    if (!isRange) {
      ranges.push(start, start);
      return;
    }
    this.#next();
    const end = this.#classCode();
    if (typeof end !== 'number' || end < start)
      throw new PatternError('A range in a class goes from the smaller character to the larger.');
    ranges.push(start, end);
  }

  #classCode(): number | readonly number[] {
    const character = this.#next();
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const letter = this.#at < this.#text.length ? this.#next() : '';
    return this.#classEscape(letter) ?? this.#codeEscape(letter);
  }

  #character(code: number): PatternNode {
    return this.#set(this.#flags.i ? caseForms(code) : [code, code], false, this.#flags.i);
  }

  #set(ranges: readonly number[], negated: boolean, fold: boolean): PatternNode {
    return { kind: 'set', set: { ranges, negated, fold } };
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  #take(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#at++;
    return true;
  }

  /** One code point. */
  #next(): string {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found;
  }
}
