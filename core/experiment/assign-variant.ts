import type { Allocation } from './allocation.ts';
import { fnv1aDecimal, fnv1aUnits } from './hash/fnv1a-units.ts';

/**
 * The variant of a unit (a profile id, a device id) by its position; -1: it takes no part. The same numbers as `bucketOf` and
 * `chooseVariation`, from a key that is hashed once, and nothing is allocated. Sticky because it is a pure function.
 */
export function assignVariant({ version, key, state, bounds }: Allocation, unit: string): number {
  const n =
    version === 2
      ? (fnv1aDecimal(fnv1aUnits(unit, state)) % 10_000) / 10_000
      : (fnv1aUnits(key, fnv1aUnits(unit)) % 1000) / 1000;
  for (let i = 0; i < bounds.length; i += 2) {
    if (n >= (bounds[i] as number) && n < (bounds[i + 1] as number)) return i >> 1;
  }
  return -1;
}
