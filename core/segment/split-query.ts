import { canonicalCondition, normalCondition } from './query-key.ts';
import type { EventCondition, EventQuery } from './rule.ts';

interface Compared {
  readonly field: string;
  readonly is: EventCondition['is'];
  readonly attribute: string;
}

/** Parts what a posting list can decide when a fact arrives from what depends on the profile as it is at evaluation. */
export function splitQuery(query: EventQuery): {
  readonly types: readonly string[];
  readonly literal: readonly EventCondition[];
  readonly compared: readonly Compared[];
} {
  const literal = new Map<string, EventCondition>();
  const compared = new Map<string, Compared>();
  for (const condition of query.where ?? []) {
    const { field, is, value } = condition;
    const key = canonicalCondition(condition);
    if (typeof value === 'object' && value !== null && 'attribute' in value)
      compared.set(key, { field, is, attribute: value.attribute });
    else literal.set(key, normalCondition(condition));
  }
  const inKeyOrder = <T>(map: ReadonlyMap<string, T>): readonly T[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return { types: [...new Set(query.types)].sort(), literal: inKeyOrder(literal), compared: inKeyOrder(compared) };
}
