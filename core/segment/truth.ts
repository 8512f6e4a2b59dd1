/** Kleene's three values as small numbers, so that a graph's results fit a byte array. */
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;

export function not(value: Truth): Truth {
  return value === UNKNOWN ? UNKNOWN : value === TRUE ? FALSE : TRUE;
}
