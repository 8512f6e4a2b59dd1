import { createBitMasks, type KeyedBits, setRun } from './bit-masks.ts';

/**
 * Plain texts to look for in a text, as Wu and Manber do (1994): with the shortest piece of length n, one look at two units tells how far it is at least
 * to a place where they are units n - 1 and n of a piece. Pieces are chained by these.
 */
export interface Pieces {
  readonly texts: readonly string[];
  /** Length of the shortest one. */
  readonly shortest: number;
  /** By the low bits of two units (`sum`): how far to go on; 0: not at all. */
  readonly shifts: Uint8Array;
  /** The first piece of the chain, and by piece the one after it; -1: none. */
  readonly heads: Int32Array;
  readonly next: Int32Array;
  /** By piece: the run of the bits it sets, and of those it makes worth trying; -1: none. */
  readonly passes: Int32Array;
  readonly candidates: Int32Array;
  readonly passRuns: Int32Array;
  readonly candidateRuns: Int32Array;
}

const SUMS = 512;
const FARTHEST = 255;

/** None of the texts may be empty. Null for no texts. */
export function createPieces(pass: KeyedBits<string>, candidate: KeyedBits<string>): Pieces | null {
  const texts = [...new Set([...pass.last.keys(), ...candidate.last.keys()])];
  if (texts.length === 0) return null;
  const shortest = texts.reduce((least, { length }) => Math.min(least, length), FARTHEST);
  const shifts = new Uint8Array(SUMS).fill(Math.max(1, shortest - 1));
  const heads = new Int32Array(SUMS).fill(-1);
  const next = new Int32Array(texts.length);
  const [passMasks, candidateMasks] = [createBitMasks(pass), createBitMasks(candidate)];
  const passes = new Int32Array(texts.length);
  const candidates = new Int32Array(texts.length);
  for (const [piece, text] of texts.entries()) {
    for (let end = Math.min(2, shortest); end <= shortest; end++) {
      const at = sum(text, end - 1, shortest);
      shifts[at] = Math.min(shifts[at] as number, shortest - end);
    }
    const head = sum(text, shortest - 1, shortest);
    next[piece] = heads[head] as number;
    heads[head] = piece;
    passes[piece] = passMasks?.at.get(text) ?? -1;
    candidates[piece] = candidateMasks?.at.get(text) ?? -1;
  }
  const none = new Int32Array(0);
  const [passRuns, candidateRuns] = [passMasks?.runs ?? none, candidateMasks?.runs ?? none];
  return { texts, shortest, shifts, heads, next, passes, candidates, passRuns, candidateRuns };
}

/**
 * Sets the bits of the pieces that begin at the first `places` places of the text: those that pass from the word `base` on, those worth trying
 * `count` words later. The first place with one worth trying; -1: none.
 */
export function setPieces(
  pieces: Pieces,
  text: string,
  places: number,
  words: Int32Array,
  base: number,
  count: number,
): number {
  const { shortest, shifts, heads, next, texts, passes, candidates } = pieces;
  const end = Math.min(text.length, places + shortest - 1);
  let first = -1;
  for (let last = shortest - 1; last < end; ) {
    const units = sum(text, last, shortest);
    const shift = shifts[units] as number;
    if (shift > 0) {
      last += shift;
      continue;
    }
    const at = last++ - shortest + 1;
    for (let piece = heads[units] as number; piece >= 0; piece = next[piece] as number) {
      if (!text.startsWith(texts[piece] as string, at)) continue;
      const pass = passes[piece] as number;
      const candidate = candidates[piece] as number;
      if (pass >= 0) setRun(pieces.passRuns, pass, words, base);
      if (candidate < 0) continue;
      setRun(pieces.candidateRuns, candidate, words, base + count);
      if (first < 0) first = at;
    }
  }
  return first;
}

/** The low bits of a unit and the one before it; where there is a piece of one unit, of that alone. */
function sum(text: string, last: number, shortest: number): number {
  const unit = text.charCodeAt(last);
  return (shortest < 2 ? unit : unit + 19 * text.charCodeAt(last - 1)) & (SUMS - 1);
}
