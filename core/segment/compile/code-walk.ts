import type { Code } from '../runtime/code.ts';

type Json = { readonly [key: string]: unknown };

/** Compiled patterns are part of a node, not nodes. */
const OPAQUE = 'pattern';

function isCode(value: Json): boolean {
  return typeof value.op === 'string';
}

/** Shows every node of a tree of code, parents first. */
export function visitCode(code: Code, see: (node: Code) => void): void {
  visit(code as unknown as Json, see);
}

function visit(value: Json, see: (node: Code) => void): void {
  if (isCode(value)) see(value as unknown as Code);
  for (const key in value) {
    const part = value[key];
    // Lists are walked like nodes: their positions are no names that matter.
    if (typeof part === 'object' && part !== null && key !== OPAQUE) visit(part as Json, see);
  }
}

/** Builds a tree anew: where `replace` gives a node, that stands in the old one's place; else its parts are looked at. */
export function rewriteCode(code: Code, replace: (node: Code) => Code | null): Code {
  return rewrite(code as unknown as Json, replace) as unknown as Code;
}

function rewrite(value: Json, replace: (node: Code) => Code | null): Json {
  const found = isCode(value) ? replace(value as unknown as Code) : null;
  if (found !== null) return found as unknown as Json;
  let changed: Record<string, unknown> | null = null;
  for (const key in value) {
    const part = value[key];
    if (typeof part !== 'object' || part === null || key === OPAQUE) continue;
    const next = Array.isArray(part) ? rewriteList(part, replace) : rewrite(part as Json, replace);
    if (next === part) continue;
    changed ??= { ...value };
    changed[key] = next;
  }
  return changed ?? value;
}

function rewriteList(list: readonly unknown[], replace: (node: Code) => Code | null): readonly unknown[] {
  const next = list.map((item) => (typeof item === 'object' && item !== null ? rewrite(item as Json, replace) : item));
  return next.every((item, i) => item === list[i]) ? list : next;
}

/** The slots of a tree: those that are read, and those that something in it fills. */
export interface SlotUse {
  readonly read: ReadonlySet<number>;
  readonly bound: ReadonlySet<number>;
}

export function slotsOf(code: Code): SlotUse {
  const read = new Set<number>();
  const bound = new Set<number>();
  visitSlots(code as unknown as Json, read, bound);
  return { read, bound };
}

function visitSlots(value: Json, read: Set<number>, bound: Set<number>): void {
  for (const key in value) {
    const part = value[key];
    if (typeof part === 'number') {
      if (part >= 0 && (key === 'slot' || key === 'label')) (value.op === 'slot' ? read : bound).add(part);
    } else if (typeof part === 'object' && part !== null && key !== OPAQUE) visitSlots(part as Json, read, bound);
  }
}

/** Whether nothing is read that stands in a slot outside of the tree. Inner slots are always higher than outer ones. */
export function isClosed(code: Code): boolean {
  const { read, bound } = slotsOf(code);
  return [...read].every((slot) => bound.has(slot));
}

/**
 * Gives the slots the numbers from 0 on without holes, in their order, so that equal trees from different depths are equal.
 * `free`: a slot from outside, the lowest; it becomes 0.
 */
export function compactSlots(code: Code, free: number | null): Code {
  const { read, bound } = slotsOf(code);
  const used = [...new Set([...read, ...bound])].filter((slot) => slot !== free).sort((a, b) => a - b);
  if (free !== null) used.unshift(free);
  if (used.every((slot, i) => slot === i)) return code;
  const numbers = new Map(used.map((slot, i) => [slot, i]));
  return renumber(code as unknown as Json, numbers) as unknown as Code;
}

function renumber(value: unknown, numbers: ReadonlyMap<number, number>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renumber(item, numbers));
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => {
    if ((key === 'slot' || key === 'label') && typeof part === 'number') return [key, numbers.get(part) ?? part];
    return [key, key === OPAQUE ? part : renumber(part, numbers)];
  });
  return Object.fromEntries(entries);
}
