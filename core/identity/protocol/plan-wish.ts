import type { IdentityKey } from '../identity-key.ts';
import { createGraph, reach } from '../replay/identity-graph.ts';
import type { Link } from '../replay/link.ts';
import { linkId } from '../replay/link.ts';
import { planLinks } from '../replay/plan-links.ts';
import { replayLinks, type Sides } from '../replay/replay-links.ts';
import { isPersonal } from '../replay/settle-strands.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import type { LinkWish } from './link-wish.ts';

/** The links after a wish, of everything at hand. */
export interface WishPlan {
  readonly links: readonly Link[];
  /** Every identity that may find itself with others than before. */
  readonly touched: readonly IdentityKey[];
  readonly refused: 'conflict' | 'capacity' | 'maxMerges' | null;
  readonly merges: number;
  /** A wrong link is taken back: both sides get what was theirs, whatever the policy on history. */
  readonly travels: boolean;
}

/** What a wish makes of all links of the profiles at hand. `merges`: those that made these profiles. */
export function planWish(
  links: readonly Link[],
  wish: Omit<LinkWish, 'hints'>,
  known: { readonly merges: number; readonly newcomers: readonly IdentityKey[] },
  rules: StitchRules,
): WishPlan {
  const { kind, keys, stamp, verified } = wish;
  const around = reach(createGraph(links), keys);
  const touched = new Set(around.keys);
  const others = links.filter(({ a }) => !touched.has(a));
  const plan = (kept: readonly Link[], changes: Partial<WishPlan> = {}): WishPlan => ({
    links: [...others, ...kept],
    touched: around.keys,
    refused: null,
    merges: 0,
    travels: false,
    ...changes,
  });
  if (kind === 'record' || kind === 'force') {
    const force = kind === 'force';
    const newcomers = new Set(known.newcomers);
    const { kept, refused, merges } = planLinks(
      createGraph(links),
      { keys, stamp, verified: verified || force, newcomers, merges: known.merges, force },
      rules,
    );
    return plan(kept, { refused, merges });
  }
  if (kind === 'logout') {
    if (rules.policy.anonymousHistory !== 'stay') return plan(around.links);
    const sides: Sides = new Map([
      ...around.keys.filter((key) => isPersonal(key, rules)).map((key) => [key, 0] as const),
      ...keys.filter((key) => !isPersonal(key, rules)).map((key) => [key, 1] as const),
    ]);
    return plan(replayLinks(around.links, rules, sides).kept);
  }
  if (kind === 'unlink') {
    const wrong = new Set(wish.links.map(linkId));
    return plan(
      around.links.filter((link) => !wrong.has(linkId(link))),
      { travels: true },
    );
  }
  if (kind === 'late') return plan(around.links);
  const [only] = keys;
  const kept =
    keys.length === 1
      ? around.links.filter(({ a, b }) => a !== only && b !== only)
      : replayLinks(around.links, rules, new Map(keys.map((key, side) => [key, side]))).kept;
  return plan(kept, { travels: true });
}
