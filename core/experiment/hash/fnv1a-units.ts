/** State before the first unit (Fowler, Noll, Vo; draft-eastlake-fnv, 32 bit). */
export const FNV_START = 0x811c9dc5;

/**
 * FNV-1a, 32 bit, over the UTF-16 units of a text (not its bytes), as GrowthBook's SDKs in JavaScript do it. `state` is what the text before
 * it came to, so a text in two pieces hashes as one. Unsigned; not for secrets.
 */
export function fnv1aUnits(text: string, state = FNV_START): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** `fnv1aUnits` of a whole number from 0 to 2^32 - 1 written in decimal digits, without writing it. */
export function fnv1aDecimal(value: number): number {
  let power = 1;
  while (power * 10 <= value) power *= 10;
  let hash = FNV_START;
  let rest = value;
  for (; power >= 1; power /= 10) {
    const digit = Math.floor(rest / power);
    rest -= digit * power;
    hash = Math.imul(hash ^ (48 + digit), 0x01000193);
  }
  return hash >>> 0;
}
