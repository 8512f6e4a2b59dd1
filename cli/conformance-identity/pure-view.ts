import type { IdentityKey } from '../../core/identity/identity-key.ts';
import { namespaceOf } from '../../core/identity/identity-key.ts';
import { profilesOf, type StitchedProfile } from '../../core/identity/replay/profiles.ts';
import { attributesOf, countersOf } from './profile-values.ts';
import type { VectorView, ViewedProfile } from './vector-view.ts';
import type { World } from './world.ts';

/** Fields about objects, calls and locks: pure data has none of these. */
const HIDDEN: ReadonlySet<string> = new Set(['hops', 'maxHops', 'storageEmpty', 'locksHeld', 'openOps']);

/** What the pure engine shows in the middle of a vector. */
export function pureView(world: World): VectorView {
  const { head } = world.timeline;
  const outcomes = [...head.outcomes];
  return {
    hidden: HIDDEN,
    profiles: profilesOf(head, world.rules).map((profile) => viewed(profile, world)),
    eventCount: head.facts.size,
    rejected: outcomes.filter(([, { kind }]) => kind === 'rejected').map(([id]) => id),
    refused: outcomes.filter(([, { refused }]) => refused !== null).map(([id]) => id),
    evicted: [...new Set(outcomes.flatMap(([, { evicted }]) => evicted))],
    dropped: new Map(outcomes.map(([id, { dropped }]) => [id, dropped.map(({ key }) => key)])),
    primary: new Map(outcomes.flatMap(([id, { primary }]) => (primary === null ? [] : [[id, primary] as const]))),
    erasedEvents: new Set([...world.arrivals].filter(([, seq]) => seq < world.erasedSeq).map(([id]) => id)),
    hostOf: ({ ids }) => hostOf(world, ids as readonly IdentityKey[]),
    hops: new Map(),
    locksHeld: 0,
    openOps: 0,
    emptyObjects: new Set(),
  };
}

function viewed(profile: StitchedProfile, { steps, config }: World): ViewedProfile {
  return {
    ids: profile.keys,
    person: profile.person,
    links: profile.links.map(({ a, b }) => [a, b] as const),
    eventIds: profile.facts.map(({ id }) => id),
    counters: countersOf(profile.facts, steps),
    attributes: attributesOf(profile.facts, steps, config.policy?.attributes),
    consent: profile.consent,
    assigned: profile.assigned,
  };
}

/** The identity whose birth profile hosts a component: born from a unique namespace first, then the oldest. */
function hostOf({ timeline, rules }: World, keys: readonly IdentityKey[]): IdentityKey | null {
  const { strands } = timeline.head;
  const tierOf = (key: IdentityKey) => (rules.namespaces.byCode.get(namespaceOf(key))?.unique ? 0 : 1);
  const born = (key: IdentityKey) => strands.get(key)?.firstSeen ?? { at: 0, seq: 0 };
  return (
    keys.toSorted((a, b) => tierOf(a) - tierOf(b) || born(a).at - born(b).at || born(a).seq - born(b).seq)[0] ?? null
  );
}
