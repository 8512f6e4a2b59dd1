import type { Truth } from './truth-of.ts';

/** Kleene's "or" for `decisive` true, "and" for false: that if any part has it, else unknown if any part is, else the other. */
export function someOf<T>(parts: readonly T[], decisive: boolean, truth: (part: T, index: number) => Truth): Truth {
  let found: Truth = !decisive;
  for (let i = 0; i < parts.length; i++) {
    const part = truth(parts[i] as T, i);
    if (part === decisive) return decisive;
    if (part === null) found = null;
  }
  return found;
}
