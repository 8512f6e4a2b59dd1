import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import type { NamespaceType } from '../namespace-set.ts';
import { components } from './components.ts';
import { type Link, standingOf } from './link.ts';
import { compareStamps, type Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

export interface FittedLinks {
  readonly kept: readonly Link[];
  readonly evicted: readonly IdentityKey[];
  /** Claims that found no room beside proofs. */
  readonly removed: readonly Link[];
}

/** Who goes first when a graph is full: what tells least about a person. */
const EVICTION_RANK: Readonly<Record<NamespaceType, number>> = {
  cookie: 0,
  device: 1,
  any: 2,
  person: 3,
  email: 3,
  phone: 3,
};
const CURRENT_RANK = 10;

/**
 * Brings every component down to `maxIdentities`: cookies go first, then devices, then ids of persons, the longest
 * unlinked first (Adobe Identity Service guardrails, "understanding the deletion logic"), identities of the event at
 * hand last. Under `displace: authenticated` proofs are fitted by themselves and claims get what room is left, so that no
 * claim ever costs a proof its place.
 */
export function fitCapacity(
  links: readonly Link[],
  current: ReadonlySet<IdentityKey>,
  rules: StitchRules,
): FittedLinks {
  const ends = endsOf(links);
  if (ends.size <= rules.maxIdentities) return { kept: links, evicted: [], removed: [] };
  if (rules.policy.displace === 'any') return shrink(links, current, () => true, rules);
  const proofs = shrink(links.filter(isProof), current, () => true, rules);
  const gone = new Set(proofs.evicted);
  const claims = links.filter((link) => !isProof(link) && !gone.has(link.a) && !gone.has(link.b));
  const proven = endsOf(proofs.kept);
  const fitted = shrink([...proofs.kept, ...claims], current, (key) => !proven.has(key) && !current.has(key), rules);
  return { ...fitted, evicted: [...proofs.evicted, ...fitted.evicted] };
}

function isProof({ verifiedAt }: Link): boolean {
  return verifiedAt !== null;
}

function endsOf(links: readonly Link[]): Set<IdentityKey> {
  return new Set(links.flatMap(({ a, b }) => [a, b]));
}

function shrink(
  links: readonly Link[],
  current: ReadonlySet<IdentityKey>,
  mayEvict: (key: IdentityKey) => boolean,
  rules: StitchRules,
): FittedLinks {
  let kept = links;
  const evicted: IdentityKey[] = [];
  const removed: Link[] = [];
  while (true) {
    const full = components([...endsOf(kept)], kept).find((members) => members.length > rules.maxIdentities);
    if (!full) return { kept, evicted, removed };
    const inside = new Set(full);
    const around = kept.filter(({ a }) => inside.has(a));
    const victim = firstToGo(full.filter(mayEvict), around, current, rules);
    if (victim !== null) {
      kept = kept.filter(({ a, b }) => a !== victim && b !== victim);
      evicted.push(victim);
      continue;
    }
    const weakest = around.filter((link) => !isProof(link)).sort(byAge)[0];
    if (!weakest) throw new Error('a full graph of proofs that were fitted before');
    kept = kept.filter((link) => link !== weakest);
    removed.push(weakest);
  }
}

function byAge(one: Link, other: Link): number {
  return (
    compareStamps(standingOf(one, true), standingOf(other, true)) ||
    (one.a < other.a || (one.a === other.a && one.b < other.b) ? -1 : 1)
  );
}

function firstToGo(
  keys: readonly IdentityKey[],
  links: readonly Link[],
  current: ReadonlySet<IdentityKey>,
  { namespaces, policy }: StitchRules,
): IdentityKey | null {
  const lastLinked = new Map<IdentityKey, Stamp>();
  for (const link of links) {
    const stamp = standingOf(link, policy.displace === 'authenticated');
    for (const key of [link.a, link.b]) {
      const known = lastLinked.get(key);
      if (!known || compareStamps(stamp, known) > 0) lastLinked.set(key, stamp);
    }
  }
  const rankOf = (key: IdentityKey) =>
    EVICTION_RANK[namespaces.byCode.get(namespaceOf(key))?.type ?? 'cookie'] + (current.has(key) ? CURRENT_RANK : 0);
  const order = (one: IdentityKey, other: IdentityKey) =>
    rankOf(one) - rankOf(other) ||
    compareStamps(lastLinked.get(one) as Stamp, lastLinked.get(other) as Stamp) ||
    (one < other ? -1 : 1);
  let victim: IdentityKey | null = null;
  for (const key of keys) if (victim === null || order(key, victim) < 0) victim = key;
  return victim;
}
