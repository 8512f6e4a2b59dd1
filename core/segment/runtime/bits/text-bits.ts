import { type BitMasks, createBitMasks, KeyedBits, setBit, setMasked, setRun } from './bit-masks.ts';
import { createPieces, type Pieces, setPieces } from './pieces.ts';
import { createSlowTest, type SlowTest } from './slow-test.ts';

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
  readonly slow: readonly (SlowTest | undefined)[];
}

/** Tests and their bits, while they are put together. */
export class TextTests {
  readonly equal = new KeyedBits<string>();
  readonly startsWith = new KeyedBits<string>();
  readonly endsWith = new KeyedBits<string>();
  readonly contains = new KeyedBits<string>();
  readonly candidate = new KeyedBits<string>();
  readonly always = new KeyedBits<string>();
  readonly slow: (SlowTest | undefined)[] = [];
  isUsed = false;

  add(is: 'equal' | 'startsWith' | 'endsWith' | 'contains', text: string, bit: number): void {
    this.isUsed = true;
    // Whatever begins with nothing, or contains nothing, ends with nothing.
    (text === '' && is !== 'equal' ? this.endsWith : this[is]).add(text, bit);
  }

  try(predicate: Parameters<typeof createSlowTest>[0], bit: number): void {
    this.isUsed = true;
    const { passes = [], tries } = predicate;
    for (const text of passes) this.contains.add(text, bit);
    if (tries?.length === 0) return;
    this.slow[bit] = createSlowTest(predicate);
    if (tries === undefined) this.always.add('', bit);
    else for (const text of tries) this.candidate.add(text, bit);
  }
}

/** Null where there is nothing to test. */
export function createTextBits(tests: TextTests): TextBits | null {
  if (!tests.isUsed) return null;
  const lengths = new Set<number>();
  for (const text of tests.endsWith.last.keys()) lengths.add(text.length);
  return {
    equal: createBitMasks(tests.equal),
    end: createBitMasks(tests.endsWith),
    endLengths: [...lengths].sort((a, b) => a - b),
    start: createPieces(tests.startsWith, new KeyedBits()),
    anywhere: createPieces(tests.contains, tests.candidate),
    always: createBitMasks(tests.always)?.runs ?? new Int32Array(1),
    slow: tests.slow,
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
