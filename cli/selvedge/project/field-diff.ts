import { KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { type Plain, stableJson } from './canonical.ts';

/** One member that differs: `schedule.from`, `rule`. Null where it is not there. */
export interface FieldDiff {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between two canonical forms, as people name it: rules as their text, secrets as dots. */
export function fieldDiffs(kind: ResourceKind, before: Plain, after: Plain): readonly FieldDiff[] {
  const rule = KINDS[kind].expression;
  const text = (resource: Plain): Plain =>
    rule !== null && isObject(resource[rule])
      ? { ...resource, [rule]: printExpression(resource[rule] as unknown as Expression) }
      : resource;
  return compare(text(before), text(after), '');
}

function compare(before: unknown, after: unknown, path: string): readonly FieldDiff[] {
  if (stableJson(before) === stableJson(after)) return [];
  const [one, other] = [membersOf(before), membersOf(after)];
  if (!one || !other) return [{ path, before: shown(before, path), after: shown(after, path) }];
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].flatMap((name) => compare(one.get(name), other.get(name), path === '' ? name : `${path}.${name}`));
}

/** Of an object, by name; of a list whose items name themselves, by those names. Null: it is compared as a whole. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (isObject(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = value.map((item: unknown) => (isObject(item) ? (item.id ?? item.kid ?? item.code) : undefined));
  const isNamed = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return isNamed ? new Map(value.map((item: unknown, index) => [String(names[index]), item])) : null;
}

function shown(value: unknown, path: string): string | null {
  if (value === undefined) return null;
  if (/(?:^|\.)secret$/.test(path)) return '••••••';
  return typeof value === 'string' ? value : JSON.stringify(withoutSecrets(value));
}

function withoutSecrets(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name: string, each: unknown) => (name === 'secret' ? '••••••' : each));
}

function isObject(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
