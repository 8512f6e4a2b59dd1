import { type BitMasks, createBitMasks, KeyedBits, setBit, setMasked, setRun } from './bit-masks.ts';
import type { SlowTest } from './pattern-atoms.ts';
import { createPieces, type Pieces, setPieces } from './pieces.ts';

/** Tests of text against literals in one spelling: as it stands, or folded to lower case. */
export interface TextBits {
  readonly equal: BitMasks<string> | null;
  readonly end: BitMasks<string> | null;
  /** Distinct lengths of what it may end with, the shortest first. */
  readonly endLengths: readonly number[];
  readonly start: Pieces | null;
  /** To look for at every place. */
  readonly anywhere: Pieces | null;
  /** Bits that must be tried in any case: a run. */
  readonly always: Int32Array;
  /** By bit. */
  readonly slow: readonly (SlowTest['test'] | undefined)[];
}

/** Tests and their bits, while they are put together. */
export class TextTests {
  readonly equal = new KeyedBits<string>();
  readonly startsWith = new KeyedBits<string>();
  readonly endsWith = new KeyedBits<string>();
  readonly contains = new KeyedBits<string>();
  readonly slow = new KeyedBits<SlowTest>();
}

/** Null where there is nothing to test. */
export function createTextBits({ equal, startsWith, endsWith, contains, slow }: TextTests): TextBits | null {
  if (![equal, startsWith, endsWith, contains, slow].some(({ bits }) => bits.length > 0)) return null;
  // Whatever begins with nothing, or contains nothing, ends with nothing.
  const end = new KeyedBits<string>();
  const start = new KeyedBits<string>();
  const pass = new KeyedBits<string>();
  const put = (tests: KeyedBits<string>, into: KeyedBits<string>) =>
    tests.keys.forEach((text, i) => {
      (text === '' ? end : into).add(text, tests.bits[i] as number);
    });
  put(endsWith, end);
  put(startsWith, start);
  put(contains, pass);
  const candidate = new KeyedBits<string>();
  const always = new KeyedBits<string>();
  const tests: (SlowTest['test'] | undefined)[] = [];
  for (const [i, { test, atoms }] of slow.keys.entries()) {
    const bit = slow.bits[i] as number;
    tests[bit] = test;
    if (atoms === null) always.add('', bit);
    else for (const { text, enough } of atoms) (enough ? pass : candidate).add(text, bit);
  }
  return {
    equal: createBitMasks(equal),
    end: createBitMasks(end),
    endLengths: [...new Set(end.keys.map(({ length }) => length))].sort((a, b) => a - b),
    start: createPieces(start, new KeyedBits()),
    anywhere: createPieces(pass, candidate),
    always: createBitMasks(always)?.runs ?? new Int32Array(1),
    slow: tests,
  };
}

/**
 * Sets the bits of the text in the `count` words from `base` on. As many words after them must be clear and are used: for the tests that are
 * worth trying.
 */
export function setTextBits(tests: TextBits, text: string, words: Int32Array, base: number, count: number): void {
  const { equal, end, endLengths, start, anywhere, always, slow } = tests;
  if (equal !== null) setMasked(equal, text, words, base);
  if (end !== null) {
    for (let i = 0; i < endLengths.length; i++) {
      const length = endLengths[i] as number;
      if (length > text.length) break;
      setMasked(end, text.slice(text.length - length), words, base);
    }
  }
  if (start !== null) setPieces(start, text, Math.min(1, text.length), words, base, count);
  const found = anywhere === null ? -1 : setPieces(anywhere, text, text.length, words, base, count);
  if (found < 0 && always[0] === 0) return;
  setRun(always, 0, words, base + count);
  const from = always[0] === 0 ? found : 0;
  for (let i = 0; i < count; i++) {
    let tried = (words[base + count + i] as number) & ~(words[base + i] as number);
    for (; tried !== 0; tried &= tried - 1) {
      const bit = i * 32 + 31 - Math.clz32(tried & -tried);
      if (slow[bit]?.(text, from)) setBit(words, base * 32 + bit);
    }
  }
}
