import { createBitMasks, type KeyedBits, setRun } from './bit-masks.ts';

/** Plain texts to look for at a place of a text. They are chained by their first two units, so that most places are done with at one look. */
export interface Pieces {
  readonly texts: readonly string[];
  /** What the second unit adds to the first one; 0 where some piece has no second one. */
  readonly factor: number;
  /** By the low bits of that: the first piece of the chain, and by piece the one after it; -1: none. */
  readonly heads: Int32Array;
  readonly next: Int32Array;
  /** By piece: the run of the bits it sets, and of those it makes worth trying; -1: none. */
  readonly passes: Int32Array;
  readonly candidates: Int32Array;
  readonly passRuns: Int32Array;
  readonly candidateRuns: Int32Array;
}

const HEADS = 512;
const FACTOR = 19;

/** None of the texts may be empty. Null for no texts. */
export function createPieces(pass: KeyedBits<string>, candidate: KeyedBits<string>): Pieces | null {
  const texts = [...new Set([...pass.keys, ...candidate.keys])];
  if (texts.length === 0) return null;
  const factor = texts.every(({ length }) => length > 1) ? FACTOR : 0;
  const heads = new Int32Array(HEADS).fill(-1);
  const next = new Int32Array(texts.length);
  const [passMasks, candidateMasks] = [createBitMasks(pass), createBitMasks(candidate)];
  const passes = new Int32Array(texts.length);
  const candidates = new Int32Array(texts.length);
  for (const [piece, text] of texts.entries()) {
    const head = (text.charCodeAt(0) + (factor && factor * text.charCodeAt(1))) & (HEADS - 1);
    next[piece] = heads[head] as number;
    heads[head] = piece;
    passes[piece] = passMasks?.at.get(text) ?? -1;
    candidates[piece] = candidateMasks?.at.get(text) ?? -1;
  }
  const none = new Int32Array(0);
  const [passRuns, candidateRuns] = [passMasks?.runs ?? none, candidateMasks?.runs ?? none];
  return { texts, factor, heads, next, passes, candidates, passRuns, candidateRuns };
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
  const { heads, factor, next, texts, passes, candidates } = pieces;
  let first = -1;
  let unit = text.charCodeAt(0);
  for (let at = 0; at < places; at++) {
    const after = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    let piece = heads[(unit + factor * after) & (HEADS - 1)] as number;
    unit = after;
    for (; piece >= 0; piece = next[piece] as number) {
      if (!standsAt(text, at, texts[piece] as string)) continue;
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

/** What `text.startsWith(piece, at)` says, without a call. */
function standsAt(text: string, at: number, piece: string): boolean {
  if (piece.length > text.length - at) return false;
  for (let i = 0; i < piece.length; i++) if (text.charCodeAt(at + i) !== piece.charCodeAt(i)) return false;
  return true;
}
