import type { FactKey } from '../../../core/interaction/command.ts';

/** Begins before every key when there is none. */
export function keyOf(after: FactKey | null): readonly [string, string] {
  return [after?.source ?? '', after?.id ?? ''];
}

/** Those whose keys come after. */
export function* later<T extends FactKey>(facts: Iterable<T>, after: FactKey | null): Iterable<T> {
  for (const fact of facts) if (after === null || compareKeys(fact, after) > 0) yield fact;
}

export function inKeyOrder<T extends FactKey>(found: T[]): T[] {
  return found.sort(compareKeys);
}

function compareKeys(one: FactKey, other: FactKey): number {
  if (one.source !== other.source) return one.source < other.source ? -1 : 1;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}
