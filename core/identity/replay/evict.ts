import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import type { NamespaceType } from '../namespace-set.ts';
import { components } from './components.ts';
import { type Link, linkStamp } from './link.ts';
import { compareStamps, type Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

export interface Eviction {
  readonly kept: readonly Link[];
  readonly evicted: readonly IdentityKey[];
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

/**
 * Brings every component down to `maxIdentities`: cookies first, then devices, then ids of persons, the longest unlinked
 * first (Adobe Identity Service guardrails, "identity deletion logic"). Identities of the event at hand go last. Null when `mayEvict`
 * protects so many that the graph cannot shrink.
 */
export function evictOldest(
  links: readonly Link[],
  current: ReadonlySet<IdentityKey>,
  mayEvict: (key: IdentityKey) => boolean,
  rules: StitchRules,
): Eviction | null {
  let kept = links;
  const evicted: IdentityKey[] = [];
  while (true) {
    const ends = new Set(kept.flatMap(({ a, b }) => [a, b]));
    if (ends.size <= rules.maxIdentities) return { kept, evicted };
    const full = components([...ends], kept).find((component) => component.length > rules.maxIdentities);
    if (!full) return { kept, evicted };
    const victim = oldest(full.filter(mayEvict), kept, current, rules);
    if (victim === null) return null;
    kept = kept.filter(({ a, b }) => a !== victim && b !== victim);
    evicted.push(victim);
  }
}

function oldest(
  keys: readonly IdentityKey[],
  links: readonly Link[],
  current: ReadonlySet<IdentityKey>,
  { namespaces }: StitchRules,
): IdentityKey | null {
  const lastLinked = new Map<IdentityKey, Stamp>();
  for (const link of links) {
    const stamp = linkStamp(link);
    for (const key of [link.a, link.b]) {
      const known = lastLinked.get(key);
      if (!known || compareStamps(stamp, known) > 0) lastLinked.set(key, stamp);
    }
  }
  const rankOf = (key: IdentityKey) => {
    const type = namespaces.byCode.get(namespaceOf(key))?.type ?? 'cookie';
    return EVICTION_RANK[type] + (current.has(key) ? 10 : 0);
  };
  let victim: IdentityKey | null = null;
  for (const key of keys) {
    if (victim === null) {
      victim = key;
      continue;
    }
    const order =
      rankOf(key) - rankOf(victim) ||
      compareStamps(lastLinked.get(key) as Stamp, lastLinked.get(victim) as Stamp) ||
      (key < victim ? -1 : 1);
    if (order < 0) victim = key;
  }
  return victim;
}
