import type { JsonPrimitive } from '../lib/json.ts';
import type { EventCondition } from './rule.ts';

/** One text per meaning: member order, list order and repetitions do not show. */
export function canonicalCondition(condition: EventCondition): string {
  return JSON.stringify([condition.field, condition.is, canonicalValue(condition) ?? null]);
}

/** The condition as it is stored in a program. */
export function normalCondition(condition: EventCondition): EventCondition {
  const { field, is } = condition;
  const value = canonicalValue(condition);
  return value === undefined ? { field, is } : { field, is, value };
}

function canonicalValue(condition: EventCondition): EventCondition['value'] {
  const { value } = condition;
  if (!Array.isArray(value)) return value;
  const texts = new Set((value as readonly JsonPrimitive[]).map((item) => JSON.stringify(item)));
  return [...texts].sort().map((text) => JSON.parse(text) as JsonPrimitive);
}

/** Identity of an event query without its window: same key, same posting list. */
export function queryKey(types: readonly string[], where: readonly EventCondition[]): string {
  return JSON.stringify([types, where.map(canonicalCondition)]);
}
