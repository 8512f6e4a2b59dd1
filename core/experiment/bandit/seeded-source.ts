import { fnv1a32 } from '../../lib/hash.ts';

/** Rising state, then a mixer of two rounds (SplitMix32; mixer by Chris Wellons' hash-prospector). */
const STEP = 0x9e3779b9;

/**
 * Numbers from 0 to below 1 that are the same for the same seed, on every machine: for draws that must be repeatable. Not for secrets.
 * Statistical quality is that of SplitMix32; 2^32 numbers before it repeats.
 */
export function createSeededSource(seed: string): () => number {
  let state = fnv1a32(seed);
  return () => {
    state = (state + STEP) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
