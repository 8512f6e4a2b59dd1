import type { Allocation } from './allocation.ts';
import { murmurUtf16 } from './hash/murmur-utf16.ts';

/**
 * The variant of a unit (a profile id, a device id) by its position; -1: it takes no part. MurmurHash3_x86_32 over the
 * UTF-16LE bytes of the unit, seeded with the same hash (seed 0) of the experiment's key; all 32 bits decide, so that weights are exact to
 * 2^-32 (hash/murmur-utf16.ts). Sticky because it is a pure function; allocates nothing. Another
 * rule would move everybody, so it would be another function.
 */
export function assignVariant({ seed, bounds }: Allocation, unit: string): number {
  const hash = murmurUtf16(unit, seed);
  for (let i = 0; i < bounds.length; i += 2) {
    if (hash < (bounds[i + 1] as number)) return hash >= (bounds[i] as number) ? i >> 1 : -1;
  }
  return -1;
}
