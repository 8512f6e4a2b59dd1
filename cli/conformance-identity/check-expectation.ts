import type { IdentityKey } from '../../core/identity/identity-key.ts';
import { profilesOf, type StitchedProfile } from '../../core/identity/replay/profiles.ts';
import type { StitchedFact } from '../../core/identity/replay/stitch-state.ts';
import { attributesOf, countersOf } from './profile-values.ts';
import type { World } from './world.ts';

/** What is wrong, and which fields only real objects can answer. */
export interface Verdict {
  readonly failures: readonly string[];
  readonly protocol: readonly string[];
}

type Json = unknown;
type Check = (view: View, expected: Json) => readonly string[];

/** Fields about objects, calls and locks: pure data has none of these. */
const PROTOCOL_FIELDS = ['hops', 'maxHops', 'storageEmpty', 'locksHeld', 'openOps', 'object', 'to'];

export function checkExpectation(world: World, expect: Readonly<Record<string, Json>>): Verdict {
  const view = new View(world);
  const failures: string[] = [];
  const protocol: string[] = [];
  for (const [field, expected] of Object.entries(expect)) {
    if (field === 'checkpoints' || field === 'after') continue;
    if (PROTOCOL_FIELDS.includes(field)) protocol.push(field);
    else if (field === 'anyOf') {
      const verdicts = (expected as readonly Record<string, Json>[]).map((one) => checkExpectation(world, one));
      if (verdicts.every((verdict) => verdict.failures.length > 0)) {
        failures.push(`anyOf: none holds: ${verdicts.flatMap((verdict) => verdict.failures).join(' | ')}`);
      }
    } else {
      const check = CHECKS[field];
      if (!check) failures.push(`${field}: not understood`);
      else failures.push(...check(view, expected).map((text) => `${field}: ${text}`));
    }
  }
  return { failures, protocol };
}

/** Questions that vectors ask. */
class View {
  readonly world: World;
  readonly profiles: readonly StitchedProfile[];
  readonly #byKey = new Map<string, StitchedProfile>();

  constructor(world: World) {
    this.world = world;
    this.profiles = profilesOf(world.timeline.head, world.rules);
    for (const profile of this.profiles) for (const key of profile.keys) this.#byKey.set(key, profile);
  }

  of(key: string): StitchedProfile | null {
    return this.#byKey.get(key) ?? null;
  }

  /** The profile that holds an event, or null when nobody does. */
  holding(eventId: string): StitchedProfile | null {
    return this.profiles.find(({ facts }) => facts.some(({ id }) => id === eventId)) ?? null;
  }

  hasLink([a, b]: readonly [string, string]): boolean {
    return this.of(a)?.links.some((link) => (link.a === a && link.b === b) || (link.a === b && link.b === a)) ?? false;
  }

  eventIds(kind: 'rejected' | 'refused'): readonly string[] {
    return [...this.world.timeline.head.outcomes]
      .filter(([, outcome]) => (kind === 'rejected' ? outcome.kind === 'rejected' : outcome.refused !== null))
      .map(([id]) => id);
  }
}

const differ = (expected: Json, got: Json): readonly string[] => {
  const [left, right] = [stable(expected), stable(got)];
  return left === right ? [] : [`expected ${shorten(left)}, got ${shorten(right)}`];
};
const sameSet = (expected: Json, got: readonly string[]) => differ([...(expected as string[])].sort(), [...got].sort());
/** Each named member must hold; members that are not named may be anything. */
const eachIn = (expected: Json, got: (name: string) => Json) =>
  Object.entries(expected as Record<string, Json>).flatMap(([name, value]) =>
    differ(value, got(name)).map((text) => `${name}: ${text}`),
  );
const members = (profile: StitchedProfile | null) => (profile ? [...profile.keys].sort() : null);

const CHECKS: Readonly<Record<string, Check>> = {
  profiles: (view, expected) => {
    const wanted = expected as readonly { ids: string[]; attrs?: Record<string, Json> }[];
    const partition = differ(
      wanted.map(({ ids }) => [...ids].sort()).sort(),
      view.profiles.map((profile) => members(profile)).sort(),
    );
    return [
      ...partition,
      ...wanted.flatMap(({ ids, attrs }) => (attrs ? checkAttributes(view, String(ids[0]), attrs) : [])),
    ];
  },
  links: (view, expected) => {
    const { removed = [], present = [], ...rest } = expected as Record<string, [string, string][]>;
    return [
      ...Object.keys(rest).map((field) => `${field} not understood`),
      ...removed.filter((pair) => view.hasLink(pair)).map((pair) => `${pair.join(' – ')} should be gone`),
      ...present.filter((pair) => !view.hasLink(pair)).map((pair) => `${pair.join(' – ')} should be there`),
    ];
  },
  resolve: (view, expected) =>
    Object.entries(expected as Record<string, string | null>).flatMap(([key, other]) => {
      const profile = view.of(key);
      if (other === null) return profile?.person ? [`${key}: expected nobody known, got ${profile.person}`] : [];
      return profile !== null && profile === view.of(other)
        ? []
        : [`${key}: expected with ${other}, is with ${members(profile)}`];
    }),
  events: (view, expected) =>
    Object.entries(expected as Record<string, string | null>).flatMap(([id, owner]) => {
      const profile = view.holding(id);
      if (owner === null ? profile === null : profile !== null && profile === view.of(owner)) return [];
      return [`${id}: expected with ${owner}, is with ${members(profile)}`];
    }),
  primary: (view, expected) => eachIn(expected, (id) => view.world.timeline.head.outcomes.get(id)?.primary ?? null),
  together: (view, expected) =>
    (expected as string[][]).flatMap((keys) =>
      keys.every((key) => view.of(key) !== null && view.of(key) === view.of(String(keys[0]))) ? [] : [`not: ${keys}`],
    ),
  apart: (view, expected) =>
    (expected as string[][]).flatMap((keys) => {
      const known = keys.map((key) => view.of(key)).filter((profile) => profile !== null);
      return new Set(known).size === known.length ? [] : [`not: ${keys}`];
    }),
  rejected: (view, expected) => sameSet(expected, view.eventIds('rejected')),
  refused: (view, expected) => sameSet(expected, view.eventIds('refused')),
  dropped: (view, expected) =>
    Object.entries(expected as Record<string, string[]>).flatMap(([id, keys]) =>
      sameSet(keys, view.world.timeline.head.outcomes.get(id)?.dropped.map(({ key }) => key) ?? []).map(
        (text) => `${id}: ${text}`,
      ),
    ),
  evicted: (view, expected) =>
    sameSet(
      expected,
      [...view.world.timeline.head.outcomes.values()].flatMap(({ evicted }) => evicted),
    ),
  gone: (view, expected) =>
    (expected as string[]).filter((key) => view.of(key) !== null).map((key) => `${key} is still known`),
  alive: (view, expected) =>
    (expected as string[]).filter((key) => view.of(key) === null).map((key) => `${key} is unknown`),
  survivor: (view, expected) => {
    const profile = view.of(String(expected));
    return differ(expected, profile === null ? null : hostOf(view, profile));
  },
  attrs: (view, expected) =>
    Object.entries(expected as Record<string, Record<string, Json>>).flatMap(([key, attrs]) =>
      checkAttributes(view, key, attrs),
    ),
  counters: (view, expected) =>
    Object.entries(expected as Record<string, Record<string, number>>).flatMap(([key, counters]) => {
      const got = countersOf(view.of(key)?.facts ?? [], view.world.steps);
      return eachIn(counters, (name) => got[name] ?? 0).map((text) => `${key}: ${text}`);
    }),
  consents: (view, expected) =>
    Object.entries(expected as Record<string, Record<string, Json>>).flatMap(([key, purposes]) => {
      const got = view.of(key)?.consent ?? {};
      const word = (name: string) => (got[name] === undefined ? null : got[name] === 'in' ? 'GRANTED' : 'DENIED');
      return eachIn(purposes, word).map((text) => `${key}: ${text}`);
    }),
  assignments: (view, expected) =>
    Object.entries(expected as Record<string, Record<string, Json>>).flatMap(([key, arms]) =>
      eachIn(arms, (name) => view.of(key)?.assigned[name] ?? null).map((text) => `${key}: ${text}`),
    ),
  eventCount: (view, expected) => differ(expected, view.world.timeline.head.facts.size),
  freshProfile: (view, expected) =>
    (expected as string[]).flatMap((key) => {
      const profile = view.of(key);
      if (profile === null) return [`${key} is unknown`];
      const old = profile.facts.filter((fact: StitchedFact) => fact.stamp.seq < view.world.erasedSeq);
      return old.length === 0 ? [] : [`${key} still holds ${old.map(({ id }) => id)}`];
    }),
};

function checkAttributes(view: View, key: string, attrs: Readonly<Record<string, Json>>): readonly string[] {
  const { steps, config } = view.world;
  const got = attributesOf(view.of(key)?.facts ?? [], steps, config.policy?.attributes);
  return eachIn(attrs, (name) => got[name] ?? null).map((text) => `${key}: ${text}`);
}

/** The identity whose birth profile hosts a component: born from a unique namespace first, then the oldest. */
function hostOf({ world }: View, { keys }: StitchedProfile): IdentityKey | null {
  const { strands } = world.timeline.head;
  const tierOf = (key: IdentityKey) =>
    world.rules.namespaces.byCode.get(key.slice(0, key.indexOf(':')))?.unique ? 0 : 1;
  const born = (key: IdentityKey) => strands.get(key)?.firstSeen ?? { at: 0, seq: 0 };
  return (
    keys.toSorted((a, b) => tierOf(a) - tierOf(b) || born(a).at - born(b).at || born(a).seq - born(b).seq)[0] ?? null
  );
}

/** JSON with sorted keys, so that order of members does not count. */
function stable(value: Json): string {
  return JSON.stringify(value, (_, member: Json) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function shorten(text: string): string {
  return text === undefined ? 'nothing' : text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
