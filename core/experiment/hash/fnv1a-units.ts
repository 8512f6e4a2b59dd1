/** State before the first unit (Fowler, Noll, Vo; draft-eastlake-fnv, 32 bit). */
export const FNV_START = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a, 32 bit, over the UTF-16 units of a text (not its bytes), as GrowthBook's SDKs in JavaScript do it. `state` is what the text before
 * it came to, so a text in two pieces hashes as one. Unsigned; not for secrets.
 */
export function fnv1aUnits(text: string, state = FNV_START): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash >>> 0;
}

/** The code of '0'. */
const ZERO = 48;

/** `fnv1aUnits` of a whole number from 0 to 2^32 - 1 written in decimal digits, without writing it. */
export function fnv1aDecimal(value: number): number {
  if (value < 100_000) return firstDigits(value) >>> 0;
  // Two halves that fit small integers: dividing those is cheap.
  const high = Math.floor(value / 100_000) | 0;
  return fiveDigits(firstDigits(high), (value - high * 100_000) | 0) >>> 0;
}

/** Of a number below 100,000 without leading zeros. */
function firstDigits(value: number): number {
  let hash = FNV_START;
  if (value >= 10_000) return fiveDigits(hash, value);
  if (value >= 1000) hash = digit(hash, (value / 1000) | 0);
  if (value >= 100) hash = digit(hash, ((value / 100) | 0) % 10);
  if (value >= 10) hash = digit(hash, ((value / 10) | 0) % 10);
  return digit(hash, value % 10);
}

function fiveDigits(state: number, value: number): number {
  let hash = digit(state, (value / 10_000) | 0);
  hash = digit(hash, ((value / 1000) | 0) % 10);
  hash = digit(hash, ((value / 100) | 0) % 10);
  hash = digit(hash, ((value / 10) | 0) % 10);
  return digit(hash, value % 10);
}

function digit(hash: number, value: number): number {
  return Math.imul(hash ^ (ZERO + value), PRIME);
}
