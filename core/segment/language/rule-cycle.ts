import type { Reference } from './check-scope.ts';

export interface Owner {
  readonly kind: 'segment' | 'measure';
  readonly name: string;
}

export interface RuleCycle {
  /** `segment a`, `measure b`, …; the first one again at the end. */
  readonly path: readonly string[];
  /** Whose reference closes the cycle. */
  readonly owner: Owner;
  readonly node: object;
}

interface Dependent {
  readonly owner: Owner;
  readonly references: readonly Reference[];
}

/** A cycle among segments and measures, or null. Iterative: references may go as deep as there are rules. */
export function findRuleCycle(entries: readonly Dependent[]): RuleCycle | null {
  const keyOf = ({ kind, name }: Owner) => `${kind} ${name}`;
  const byKey = new Map(entries.map((entry) => [keyOf(entry.owner), entry]));
  const done = new Set<string>();
  for (const root of byKey.keys()) {
    const open: { readonly key: string; next: number }[] = [];
    if (!done.has(root)) open.push({ key: root, next: 0 });
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const entry = byKey.get(top.key);
      const reference = entry?.references[top.next++];
      if (!entry || !reference) {
        done.add(top.key);
        open.pop();
        continue;
      }
      const key = keyOf(reference);
      const start = open.findIndex((level) => level.key === key);
      if (start >= 0) {
        return {
          path: [...open.slice(start).map((level) => level.key), key],
          owner: entry.owner,
          node: reference.node,
        };
      }
      if (!done.has(key)) open.push({ key, next: 0 });
    }
  }
  return null;
}
