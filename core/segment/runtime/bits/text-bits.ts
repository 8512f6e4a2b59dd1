import { type BitMasks, createBitMasks, setBit, setMasked, setRun } from './bit-masks.ts';
import type { SlowTest } from './pattern-atoms.ts';

/** Tests of text against literals in one spelling: as it stands, or folded to lower case. */
export interface TextBits {
  readonly equal: BitMasks<string> | null;
  readonly start: BitMasks<string> | null;
  /** Distinct lengths of what it may start with, the shortest first. */
  readonly startLengths: readonly number[];
  readonly end: BitMasks<string> | null;
  readonly endLengths: readonly number[];
  /** Pieces to look for anywhere. */
  readonly parts: readonly string[];
  /** By part: the run of the bits it sets, and of those it makes worth trying; -1: none. */
  readonly passes: Int32Array;
  readonly candidates: Int32Array;
  readonly passRuns: Int32Array;
  readonly candidateRuns: Int32Array;
  /** Bits that must be tried in any case: pairs of word and mask after their number. */
  readonly always: Int32Array;
  /** By bit. */
  readonly slow: readonly (SlowTest['test'] | undefined)[];
}

type TextTest = readonly [value: string, bit: number];

export interface TextTests {
  readonly equal: readonly TextTest[];
  readonly start: readonly TextTest[];
  readonly end: readonly TextTest[];
  readonly contains: readonly TextTest[];
  readonly slow: readonly (readonly [SlowTest, bit: number])[];
}

/** Null where there is nothing to test. */
export function createTextBits({ equal, start, end, contains, slow }: TextTests): TextBits | null {
  if (equal.length + start.length + end.length + contains.length + slow.length === 0) return null;
  const atoms = slow.flatMap(([{ atoms: of }, bit]) => (of ?? []).map((atom) => [atom, bit] as const));
  const pass = createBitMasks([
    ...contains,
    ...atoms.flatMap(([{ text, enough }, bit]) => (enough ? [[text, bit] as const] : [])),
  ]);
  const candidate = createBitMasks(atoms.flatMap(([{ text, enough }, bit]) => (enough ? [] : [[text, bit] as const])));
  const always = createBitMasks(slow.flatMap(([{ atoms: of }, bit]) => (of === null ? [['', bit] as const] : [])));
  const parts = [...new Set([...(pass?.at.keys() ?? []), ...(candidate?.at.keys() ?? [])])];
  const placesOf = (masks: BitMasks<string> | null) => Int32Array.from(parts, (part) => masks?.at.get(part) ?? -1);
  const tests: (SlowTest['test'] | undefined)[] = [];
  for (const [{ test }, bit] of slow) tests[bit] = test;
  return {
    equal: createBitMasks(equal),
    start: createBitMasks(start),
    startLengths: lengthsOf(start),
    end: createBitMasks(end),
    endLengths: lengthsOf(end),
    parts,
    passes: placesOf(pass),
    candidates: placesOf(candidate),
    passRuns: pass?.runs ?? NONE(),
    candidateRuns: candidate?.runs ?? NONE(),
    always: always?.runs ?? NONE(),
    slow: tests,
  };
}

const NONE = () => new Int32Array(1);

function lengthsOf(tests: readonly TextTest[]): readonly number[] {
  return [...new Set(tests.map(([{ length }]) => length))].sort((a, b) => a - b);
}

/**
 * Sets the bits of the text in the `count` words from `base` on. As many words after them must be clear and are used: for the tests that are
 * worth trying.
 */
export function setTextBits(tests: TextBits, text: string, words: Int32Array, base: number, count: number): void {
  const { equal, start, startLengths, end, endLengths, parts, slow } = tests;
  if (equal !== null) setMasked(equal, text, words, base);
  if (start !== null) {
    for (let i = 0; i < startLengths.length; i++) {
      const length = startLengths[i] as number;
      if (length > text.length) break;
      setMasked(start, text.slice(0, length), words, base);
    }
  }
  if (end !== null) {
    for (let i = 0; i < endLengths.length; i++) {
      const length = endLengths[i] as number;
      if (length > text.length) break;
      setMasked(end, text.slice(text.length - length), words, base);
    }
  }
  for (let i = 0; i < parts.length; i++) {
    if (!text.includes(parts[i] as string)) continue;
    const pass = tests.passes[i] as number;
    const candidate = tests.candidates[i] as number;
    if (pass >= 0) setRun(tests.passRuns, pass, words, base);
    if (candidate >= 0) setRun(tests.candidateRuns, candidate, words, base + count);
  }
  if (slow.length === 0) return;
  setRun(tests.always, 0, words, base + count);
  for (let i = 0; i < count; i++) {
    let tried = (words[base + count + i] as number) & ~(words[base + i] as number);
    for (; tried !== 0; tried &= tried - 1) {
      const bit = i * 32 + 31 - Math.clz32(tried & -tried);
      if (slow[bit]?.(text)) setBit(words, base * 32 + bit);
    }
  }
}
