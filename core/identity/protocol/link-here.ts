import type { IdentityKey } from '../identity-key.ts';
import { components } from '../replay/components.ts';
import type { LinkWish } from './link-wish.ts';
import type { HostedGraph } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import { linkingKeys, planUses } from './plan-uses.ts';
import { planWish, type WishPlan } from './plan-wish.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { settleClaims } from './settle-claims.ts';
import type { StrandRow } from './strand-row.ts';

/** What a wish would make of this profile by itself, when everything of it lives here. */
export interface LocalPlan {
  readonly plan: WishPlan;
  /** Null: it would split, and that takes an operation. */
  readonly graph: HostedGraph | null;
}

/** `joining`: identities that would be here too. */
export function planHere(
  node: ProfileNode,
  wish: LinkWish,
  newcomers: readonly IdentityKey[],
  joining: readonly IdentityKey[],
  { rules }: ProtocolContext,
): LocalPlan {
  const rows = new Map(
    Object.entries<StrandRow>(node.strands).filter(([, { state }]) => state !== 'gone') as [IdentityKey, StrandRow][],
  );
  for (const key of joining) {
    rows.set(key, { epoch: 1, state: 'owned', to: null, erasedAt: -1, claimant: null });
  }
  const keys = linkingKeys(wish, (key) => rows.get(key), node.uses, rules);
  const plan = planWish(node.links, { ...wish, keys }, { merges: node.merges, newcomers }, rules);
  // What was handed here and never linked is nobody's yet: it stays aside until its own wish is done.
  const touched = new Set(plan.touched);
  const parts = components([...touched], plan.links);
  const anchored = node.anchor === null || touched.has(node.anchor) || !rows.has(node.anchor);
  if (parts.length !== 1 || !anchored) return { plan, graph: null };
  const claims = settleClaims(parts, rows, plan.travels, rules);
  const split = claims.closing.size > 0;
  const { uses } = planUses(wish, rows, node.uses, claims, plan.travels, rules);
  const graph = {
    links: plan.links,
    claimants: Object.fromEntries(claims.claimants),
    merges: node.merges + plan.merges,
    uses: Object.fromEntries(uses),
    reopen: [],
    stubs: [],
  };
  return { plan, graph: split ? null : graph };
}

/** Writes a plan that splits nothing. */
export function linkHere(node: ProfileNode, graph: HostedGraph): ProfileNode {
  const strands: Record<IdentityKey, StrandRow> = { ...node.strands };
  for (const [key, claimant] of Object.entries(graph.claimants) as [IdentityKey, IdentityKey | null][]) {
    const row = strands[key];
    if (row && row.claimant !== claimant) strands[key] = { ...row, claimant };
  }
  return { ...node, strands, links: graph.links, merges: graph.merges, uses: { ...node.uses, ...graph.uses } };
}
