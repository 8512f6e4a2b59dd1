import type { IdentityKey } from '../identity-key.ts';
import { components } from './components.ts';
import { fitCapacity } from './fit-capacity.ts';
import { type IdentityGraph, reach } from './identity-graph.ts';
import { createLink, type Link, linkId, mergeLinks } from './link.ts';
import { replayLinks } from './replay-links.ts';
import type { Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

/** Identities that one event names together. */
export interface LinkRequest {
  readonly keys: readonly IdentityKey[];
  readonly stamp: Stamp;
  readonly verified: boolean;
  /** Identities that nobody had seen before this event: their joining is no merge of profiles. */
  readonly newcomers: ReadonlySet<IdentityKey>;
  /** Merges that made the profiles at hand, and whether the request may go beyond the limit. */
  readonly merges: number;
  readonly force: boolean;
}

/** What a request changes. Only the graphs that it touches are named; all others are as they were. */
export interface LinkPlan {
  /** Every identity that may find itself in another profile than before. */
  readonly touched: readonly IdentityKey[];
  readonly kept: readonly Link[];
  readonly removed: readonly Link[];
  readonly evicted: readonly IdentityKey[];
  /** Why a link of the request itself was not made. */
  readonly refused: 'conflict' | 'capacity' | 'maxMerges' | null;
  /** How many profiles disappeared into another. */
  readonly merges: number;
}

/**
 * The one decision of stitching: given the live links around an event and what the event names together, which links
 * live on. Pure; the same function plans a link inside one profile and a merge or device move between several.
 */
export function planLinks(graph: IdentityGraph, request: LinkRequest, rules: StitchRules): LinkPlan {
  const { keys, links } = reach(graph, request.keys);
  const unchanged = { touched: keys, kept: links, removed: [], evicted: [], merges: 0 } as const;
  if (request.keys.length < 2) return { ...unchanged, refused: null };

  const offered = pairsOf(request);
  const replay = replayLinks(withOffered(links, offered), rules);
  const fitted = fitCapacity(replay.kept, new Set(request.keys), rules);
  const existing = keys.filter((key) => !request.newcomers.has(key));
  const merges = Math.max(0, components(existing, links).length - components(existing, fitted.kept).length);
  if (merges > 0 && !request.force && request.merges + merges > rules.maxMerges) {
    return { ...unchanged, refused: 'maxMerges' };
  }
  return {
    touched: keys,
    kept: fitted.kept,
    removed: [...replay.removed, ...fitted.removed],
    evicted: fitted.evicted,
    refused: includesAny(replay.removed, offered)
      ? 'conflict'
      : includesAny(fitted.removed, offered)
        ? 'capacity'
        : null,
    merges,
  };
}

function pairsOf({ keys, stamp, verified }: LinkRequest): readonly Link[] {
  const pairs: Link[] = [];
  keys.forEach((key, index) => {
    for (const other of keys.slice(index + 1)) pairs.push(createLink(key, other, stamp, verified));
  });
  return pairs;
}

function withOffered(links: readonly Link[], offered: readonly Link[]): readonly Link[] {
  const all = new Map(links.map((link) => [linkId(link), link]));
  for (const link of offered) {
    const held = all.get(linkId(link));
    all.set(linkId(link), held ? mergeLinks(held, link) : link);
  }
  return [...all.values()];
}

function includesAny(links: readonly Link[], some: readonly Link[]): boolean {
  if (links.length === 0) return false;
  const ids = new Set(links.map(linkId));
  return some.some((link) => ids.has(linkId(link)));
}
