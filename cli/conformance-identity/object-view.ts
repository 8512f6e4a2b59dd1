import type { Identity } from '../../core/event/event.ts';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import { personOf } from '../../core/identity/replay/settle-strands.ts';
import { purposeOf } from './object-needs.ts';
import type { FoundEvent, FoundProfile, ObjectSpace } from './object-world.ts';
import type { Vector } from './vector.schema.ts';
import type { VectorView, ViewedProfile } from './vector-view.ts';
import type { World } from './world.ts';

/** A vector half played on objects. */
export interface Played {
  readonly vector: Vector;
  /** The pure engine at the same step: which forms of its identities the vector may ask for. */
  readonly world: World;
  /** Every identity that was named, as it came and normalised. */
  readonly names: readonly string[];
  readonly rejected: readonly string[];
  /** Events of before the newest erasure. */
  readonly erased: readonly string[];
  /** The profile in which each event was first stored. */
  readonly births: ReadonlyMap<string, string>;
  /** The strand of each event that was there before the newest erasure or expiry. */
  readonly primary: ReadonlyMap<string, string>;
  /** Calls to objects, by event that counted them. */
  readonly hops: ReadonlyMap<string, number>;
}

/** No door shows these. */
const HIDDEN = ['refused', 'dropped', 'evicted', 'survivor', 'assignments'] as const;
const HERE: ReadonlySet<string> = new Set(['owned', 'incoming']);

/** Asks the operator API for everything that a vector may expect. */
export async function objectView(
  space: ObjectSpace,
  played: Played,
  expect: Readonly<Record<string, unknown>>,
): Promise<VectorView> {
  const found = new Map<string, FoundProfile>();
  for (const profile of await Promise.all(played.names.map((name) => space.find(identityNamed(name))))) {
    if (profile && profile.state !== 'erased') found.set(profile.profile, profile);
  }
  const events = new Map<string, readonly FoundEvent[]>();
  await Promise.all([...found.keys()].map(async (profile) => events.set(profile, await space.eventsOf(profile))));
  const all = [...events.values()].flat();
  const profiles = [...found.values()].map((profile) => viewed(profile, events.get(profile.profile) ?? [], played));
  return {
    hidden: hiddenIn(played),
    profiles: profiles.filter(({ ids }) => ids.length > 0),
    eventCount: all.length,
    rejected: played.rejected,
    refused: [],
    evicted: [],
    dropped: new Map(),
    primary: new Map([...played.primary, ...all.map(({ id, identity }) => [id, identityKey(identity)] as const)]),
    erasedEvents: new Set(played.erased),
    hostOf: () => null,
    hops: played.hops,
    locksHeld: [...found.values()].filter(({ isLocked }) => isLocked).length,
    openOps: [...found.values()].reduce((sum, { openWork }) => sum + openWork.length, 0),
    emptyObjects: JSON.stringify(expect).includes('profile-of:') ? await emptyObjects(space, played) : new Set(),
  };
}

function hiddenIn({ vector: { config, steps }, hops }: Played): ReadonlySet<string> {
  const uncounted = hops.size === 0 ? ['hops', 'maxHops'] : [];
  const byDataset = typeof config.policy?.attributes === 'object' ? ['attrs'] : [];
  // An operator's link is no event, so it is not counted as one.
  const linked = steps.some(({ op, into, from }) => op === 'alias' || op === 'mergeForce' || into || from);
  return new Set([...HIDDEN, ...uncounted, ...byDataset, ...(linked ? ['eventCount', 'primary', 'events'] : [])]);
}

function viewed(found: FoundProfile, events: readonly FoundEvent[], { vector, world }: Played): ViewedProfile {
  const codes = new Set(vector.config.namespaces.map(({ code }) => code));
  const keys = found.identities
    .filter(({ namespace, state }) => HERE.has(state) && codes.has(namespace))
    .map((identity) => identityKey(identity));
  const counters: Record<string, number> = {};
  for (const event of events) {
    for (const [name, amount] of Object.entries(event.counters)) counters[name] = (counters[name] ?? 0) + amount;
  }
  const pair = ({ a, b }: { readonly a: Identity; readonly b: Identity }) => [identityKey(a), identityKey(b)] as const;
  const person = personOf({ strands: world.timeline.head.strands }, keys as readonly IdentityKey[], world.rules);
  return {
    ids: keys,
    person,
    links: found.links.map(pair),
    eventIds: events.map(({ id }) => id),
    counters,
    attributes: found.attributes,
    consent: consentIn(found, person, vector),
    assigned: {},
  };
}

/**
 * What holds for whoever is met there: a refusal of any strand, else a yes of the person. A device's yes is the person's where they gave it, and
 * anybody's while nobody is known.
 */
function consentIn({ identities }: FoundProfile, person: string | null, { steps }: Vector): ViewedProfile['consent'] {
  const held: Record<string, 'in' | 'out'> = {};
  const here = identities.filter(({ state }) => state === 'owned');
  const names = new Set<string>(here.map((identity) => identityKey(identity)));
  for (const { consent, ...identity } of here) {
    for (const { purpose, choice, by } of consent) {
      if (choice !== 'in' && choice !== 'out') continue;
      const isTheirs = by === null ? person === null || person === identityKey(identity) : names.has(identityKey(by));
      if (choice === 'out' || (isTheirs && held[purpose] !== 'out')) held[purpose] = choice;
    }
  }
  const asked = new Set(steps.flatMap(({ consent }) => Object.keys(consent ?? {})));
  return Object.fromEntries(
    [...asked].flatMap((name) => {
      const choice = held[purposeOf(name) ?? ''];
      return choice === undefined ? [] : [[name, choice]];
    }),
  );
}

function identityNamed(name: string): Identity {
  const colon = name.indexOf(':');
  return { namespace: name.slice(0, colon), value: name.slice(colon + 1) };
}

/** Of the profiles in which events were born, those that hold nothing any more. */
async function emptyObjects(space: ObjectSpace, { births }: Played): Promise<ReadonlySet<string>> {
  const empty = new Set<string>();
  for (const [event, profile] of births) {
    const found = await space.find({ profile });
    const holds = found?.identities.some(({ state, events }) => HERE.has(state) || events > 0);
    if (!holds) empty.add(`profile-of:${event}`);
  }
  return empty;
}
