import type { IdentityKey } from '../identity-key.ts';
import { type Link, linkStamp } from './link.ts';
import { NodeTable } from './node-table.ts';
import { compareStamps, type Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

export interface Replay {
  readonly kept: readonly Link[];
  /** Links that would have broken a limit. They come back only with a new event. */
  readonly removed: readonly Link[];
}

/** Identities that must not be together, each with the colour of its side. */
export type Sides = ReadonlyMap<IdentityKey, number>;

/** One look at links, strongest first. */
interface Pass {
  /** What the pass knows: says when an identity was last linked, what time it is, and which graph is which. */
  readonly seen: readonly Link[];
  readonly stampOf: (link: Link) => Stamp;
  /** Decided before, and not to be questioned. */
  readonly held: readonly Link[];
  readonly candidates: readonly Link[];
}

interface Candidate {
  readonly link: Link;
  readonly left: number;
  readonly right: number;
  readonly stamp: Stamp;
  readonly layer: 0 | 1;
  readonly sum: number;
}

/**
 * Rebuilds graphs from their links, strongest first; a link that would put too many values of a namespace together is
 * left out. The order (R2 of /work/shared/spec/identity.md, after Adobe's identity optimization algorithm): links of the
 * latest event of a graph, then ascending sum of the two priorities, then newest. Under `displace: authenticated` proofs
 * are decided first, each graph of proofs by itself and from proofs alone, so that a claim cannot even make an id of a
 * proven link look younger, or another event look like the latest. Claims are then added where they break nothing.
 */
export function replayLinks(links: readonly Link[], rules: StitchRules, sides?: Sides): Replay {
  const whole = (candidates: readonly Link[], held: readonly Link[]) =>
    replayPass({ seen: links, stampOf: linkStamp, held, candidates }, rules, sides);
  if (rules.policy.displace === 'any') return whole(links, []);
  const proofs = links.filter(({ verifiedAt }) => verifiedAt !== null);
  const proven = replayPass({ seen: proofs, stampOf: proofStamp, held: [], candidates: proofs }, rules, sides);
  if (proofs.length === links.length) return proven;
  const claims = links.filter(({ verifiedAt }) => verifiedAt === null);
  const { kept, removed } = whole(claims, proven.kept);
  return { kept: [...proven.kept, ...kept], removed: [...proven.removed, ...removed] };
}

function proofStamp({ verifiedAt }: Link): Stamp {
  if (verifiedAt === null) throw new Error('a claim among proofs');
  return verifiedAt;
}

/** Only candidates are kept or removed. */
function replayPass(pass: Pass, rules: StitchRules, sides: Sides | undefined): Replay {
  if (pass.candidates.length === 0) return { kept: [], removed: [] };
  const nodes = new NodeTable(pass.seen, pass.stampOf, rules);
  const sets = nodes.sets();
  const sideOf = nodes.sidesOf(sides);
  const unite = (one: number, other: number) => {
    const root = sets.unite(one, other);
    if (sideOf !== null) sideOf[root] = Math.max(sideOf[one] as number, sideOf[other] as number);
  };
  for (const { a, b } of pass.held) {
    const one = sets.find(nodes.indexOf(a));
    const other = sets.find(nodes.indexOf(b));
    if (one !== other) unite(one, other);
  }
  const kept: Link[] = [];
  const removed: Link[] = [];
  for (const { link, left, right } of ordered(pass, nodes)) {
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
    unite(one, other);
  }
  return { kept, removed };
}

function ordered({ candidates, stampOf }: Pass, nodes: NodeTable): readonly Candidate[] {
  const newest = new Map<number, Stamp>();
  for (const link of candidates) {
    const graph = nodes.graphOf(nodes.indexOf(link.a));
    const stamp = stampOf(link);
    const known = newest.get(graph);
    if (!known || compareStamps(stamp, known) > 0) newest.set(graph, stamp);
  }
  const sorted = candidates.map((link): Candidate => {
    const stamp = stampOf(link);
    const left = nodes.indexOf(link.a);
    const right = nodes.indexOf(link.b);
    const latest = newest.get(nodes.graphOf(left)) as Stamp;
    return {
      link,
      left,
      right,
      stamp,
      layer: compareStamps(stamp, latest) === 0 ? 0 : 1,
      sum: nodes.priorityOf(left) + nodes.priorityOf(right),
    };
  });
  return sorted.sort(
    (x, y) =>
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
