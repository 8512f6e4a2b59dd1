import type { IdentityKey } from '../identity-key.ts';
import { type Link, linkId } from './link.ts';

/** Live links, by either end. The links are the truth; profiles are what they hold together. */
export interface IdentityGraph {
  readonly linksOf: (key: IdentityKey) => Iterable<Link>;
}

export function createGraph(links: readonly Link[]): IdentityGraph {
  const byKey = new Map<IdentityKey, Link[]>();
  for (const link of links) {
    for (const key of [link.a, link.b]) {
      const held = byKey.get(key);
      if (held) held.push(link);
      else byKey.set(key, [link]);
    }
  }
  return { linksOf: (key) => byKey.get(key) ?? [] };
}

/** Everything that hangs together with the given identities, themselves first. */
export function reach(
  graph: IdentityGraph,
  from: Iterable<IdentityKey>,
): { readonly keys: readonly IdentityKey[]; readonly links: readonly Link[] } {
  const seen = new Set<IdentityKey>(from);
  const links = new Map<string, Link>();
  // A Set iterates over what is added on the way: this is the breadth-first queue.
  for (const key of seen) {
    for (const link of graph.linksOf(key)) {
      links.set(linkId(link), link);
      seen.add(link.a);
      seen.add(link.b);
    }
  }
  return { keys: [...seen], links: [...links.values()] };
}
