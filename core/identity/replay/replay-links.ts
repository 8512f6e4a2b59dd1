import type { CompiledNamespace } from '../compiled-namespaces.ts';
import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import { DisjointSets } from './disjoint-sets.ts';
import { type Link, linkStamp, standingOf } from './link.ts';
import { compareStamps, newerStamp, type Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

export interface Replay {
  readonly kept: readonly Link[];
  /** Links that would have broken a limit. They come back only with a new event. */
  readonly removed: readonly Link[];
}

/** Identities that must not be together, each with the colour of its side. */
export type Sides = ReadonlyMap<IdentityKey, number>;

interface Candidate {
  readonly link: Link;
  readonly left: number;
  readonly right: number;
  readonly stamp: Stamp;
  readonly trust: 0 | 1;
  readonly layer: 0 | 1;
  readonly sum: number;
}

/**
 * Rebuilds one graph from its links, strongest first; a link that would put too many values of a namespace together is
 * left out. The order (R2 of /work/shared/spec/identity.md, after Adobe's identity optimization algorithm): links of the
 * latest event, then ascending sum of the two priorities, then newest. Under `displace: authenticated` every proven link
 * comes before every claimed one, so that no claim can take the place of a proof.
 */
export function replayLinks(links: readonly Link[], rules: StitchRules, sides?: Sides): Replay {
  if (links.length === 0) return { kept: [], removed: [] };
  const nodes = new NodeTable(rules);
  const proofsFirst = rules.policy.displace === 'authenticated';
  // Proofs and claims have a latest event each: a claim must not even change the order in which proofs are looked at.
  const latest: [Stamp | null, Stamp | null] = [null, null];
  let now = Number.NEGATIVE_INFINITY;
  for (const link of links) {
    const standing = standingOf(link, proofsFirst);
    nodes.see(link.a, standing);
    nodes.see(link.b, standing);
    const trust = trustOf(link, proofsFirst);
    latest[trust] = newerStamp(latest[trust], standing);
    now = Math.max(now, linkStamp(link).at);
  }
  const sets = nodes.sets(now);
  const sideOf = nodes.sidesOf(sides);
  const kept: Link[] = [];
  const removed: Link[] = [];
  for (const { link, left, right } of ordered(links, nodes, latest, proofsFirst)) {
    const one = sets.find(left);
    const other = sets.find(right);
    if (one === other) {
      kept.push(link);
      continue;
    }
    const apart = sideOf !== null && sideOf[one] !== -1 && sideOf[other] !== -1 && sideOf[one] !== sideOf[other];
    if (apart || sets.overflows(one, other, nodes.most)) {
      removed.push(link);
      continue;
    }
    kept.push(link);
    const root = sets.unite(one, other);
    if (sideOf !== null) sideOf[root] = Math.max(sideOf[one] as number, sideOf[other] as number);
  }
  return { kept, removed };
}

/** 0 before 1. Where the newest wins whoever said it, all links are alike. */
function trustOf(link: Link, proofsFirst: boolean): 0 | 1 {
  return proofsFirst && link.verifiedAt === null ? 1 : 0;
}

function ordered(
  links: readonly Link[],
  nodes: NodeTable,
  latest: readonly [Stamp | null, Stamp | null],
  proofsFirst: boolean,
): readonly Candidate[] {
  const candidates = links.map((link): Candidate => {
    const stamp = standingOf(link, proofsFirst);
    const left = nodes.indexOf(link.a);
    const right = nodes.indexOf(link.b);
    const trust = trustOf(link, proofsFirst);
    const newest = latest[trust];
    return {
      link,
      left,
      right,
      stamp,
      trust,
      layer: newest !== null && compareStamps(stamp, newest) === 0 ? 0 : 1,
      sum: nodes.priorityOf(left) + nodes.priorityOf(right),
    };
  });
  return candidates.sort(
    (x, y) =>
      x.trust - y.trust ||
      x.layer - y.layer ||
      x.sum - y.sum ||
      compareStamps(y.stamp, x.stamp) ||
      // Links of one event can tie; their keys decide, so that no order of storage shows.
      compareText(x.link.a, y.link.a) ||
      compareText(x.link.b, y.link.b),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers the identities of a replay, so that the loop works on integers. */
class NodeTable {
  readonly most: readonly number[];
  readonly #rules: StitchRules;
  readonly #index = new Map<IdentityKey, number>();
  readonly #namespace: (CompiledNamespace | undefined)[] = [];
  readonly #lastLinked: number[] = [];

  constructor(rules: StitchRules) {
    this.#rules = rules;
    this.most = rules.namespaces.limited.map(({ most }) => most);
  }

  see(key: IdentityKey, { at }: Stamp): void {
    const index = this.#index.get(key);
    if (index === undefined) {
      this.#index.set(key, this.#namespace.length);
      this.#namespace.push(this.#rules.namespaces.byCode.get(namespaceOf(key)));
      this.#lastLinked.push(at);
    } else if (at > (this.#lastLinked[index] as number)) this.#lastLinked[index] = at;
  }

  indexOf(key: IdentityKey): number {
    return this.#index.get(key) as number;
  }

  /** A namespace that a newer configuration no longer knows ranks last. */
  priorityOf(index: number): number {
    return this.#namespace[index]?.priority ?? Number.MAX_SAFE_INTEGER / 4;
  }

  sets(now: number): DisjointSets {
    const sets = new DisjointSets(this.#namespace.length, this.most.length);
    this.#namespace.forEach((namespace, index) => {
      if (!namespace || namespace.limitIndex < 0) return;
      const { windowMs } = namespace;
      const counts = windowMs === null || (this.#lastLinked[index] as number) > now - windowMs;
      if (counts) sets.count(index, namespace.limitIndex);
    });
    return sets;
  }

  sidesOf(sides: Sides | undefined): Int32Array | null {
    if (!sides || sides.size === 0) return null;
    const sideOf = new Int32Array(this.#namespace.length).fill(-1);
    for (const [key, side] of sides) {
      const index = this.#index.get(key);
      if (index !== undefined) sideOf[index] = side;
    }
    return sideOf;
  }
}
