import type { IdentityKey } from '../identity-key.ts';
import { DisjointSets } from './disjoint-sets.ts';
import type { Link } from './link.ts';

/** Splits identities into those that links hold together. Links outside the given identities count for nothing. */
export function components(keys: readonly IdentityKey[], links: readonly Link[]): readonly (readonly IdentityKey[])[] {
  const indexOf = new Map<IdentityKey, number>();
  for (const key of keys) indexOf.set(key, indexOf.size);
  const sets = new DisjointSets(indexOf.size, 0);
  for (const { a, b } of links) {
    const left = indexOf.get(a);
    const right = indexOf.get(b);
    if (left === undefined || right === undefined) continue;
    const one = sets.find(left);
    const other = sets.find(right);
    if (one !== other) sets.unite(one, other);
  }
  const groups = new Map<number, IdentityKey[]>();
  for (const [key, index] of indexOf) {
    const root = sets.find(index);
    const group = groups.get(root);
    if (group) group.push(key);
    else groups.set(root, [key]);
  }
  return [...groups.values()];
}
