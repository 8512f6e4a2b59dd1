import type { VectorView, ViewedProfile } from './vector-view.ts';

/** What is wrong, and which fields this runner cannot answer. */
export interface Verdict {
  readonly failures: readonly string[];
  readonly unanswered: readonly string[];
}

type Json = unknown;
type Members = Readonly<Record<string, Json>>;
/** Lines about what is wrong. */
type Check = (view: VectorView, expected: Json) => readonly string[];

/** Checks the fields of an `expect`, of a checkpoint or of a branch of `anyOf`. A field that nobody knows is a failure. */
export function checkExpectation(view: VectorView, expect: Members): Verdict {
  const failures: string[] = [];
  const unanswered: string[] = [];
  for (const [field, expected] of Object.entries(expect)) {
    if (field === 'checkpoints' || field === 'after' || field === 'note') continue;
    if (field === 'anyOf') {
      const verdicts = (expected as readonly Members[]).map((one) => checkExpectation(view, one));
      unanswered.push(...verdicts.flatMap((verdict) => verdict.unanswered));
      if (verdicts.every((verdict) => verdict.failures.length > 0)) {
        failures.push(`anyOf: none holds: ${verdicts.flatMap((verdict) => verdict.failures).join(' | ')}`);
      }
      continue;
    }
    const check = Object.hasOwn(CHECKS, field) ? CHECKS[field] : undefined;
    const found = check ? (view.hidden.has(field) ? null : check(view, expected)) : ['not understood'];
    if (found === null) unanswered.push(field);
    else failures.push(...found.map((text) => `${field}: ${text}`));
  }
  return { failures, unanswered };
}

const of = (view: VectorView, id: string): ViewedProfile | null =>
  view.profiles.find(({ ids }) => ids.includes(id)) ?? null;
const holding = (view: VectorView, eventId: string): ViewedProfile | null =>
  view.profiles.find(({ eventIds }) => eventIds.includes(eventId)) ?? null;
const idsOf = (profile: ViewedProfile | null) => (profile ? [...profile.ids].sort() : null);

const differ = (expected: Json, got: Json): readonly string[] => {
  const [left, right] = [stable(expected), stable(got)];
  return left === right ? [] : [`expected ${shorten(left)}, got ${shorten(right)}`];
};
const sameSet = (expected: Json, got: readonly string[]) =>
  differ([...new Set(listOf(expected))].sort(), [...new Set(got)].sort());
/** Each named member must hold; members that are not named may be anything. */
const eachIn = (expected: Json, got: (name: string) => Json) =>
  Object.entries(expected as Members).flatMap(([name, value]) =>
    differ(value, got(name)).map((text) => `${name}: ${text}`),
  );
/** Identities or events: a list, or one alone. */
const listOf = (expected: Json): readonly string[] => (Array.isArray(expected) ? expected : [expected]).map(String);
/** Groups of identities: a list of lists, or one group alone. */
const groupsOf = (expected: Json): readonly (readonly string[])[] => {
  const groups = expected as readonly (string | readonly string[])[];
  return groups.some((group) => typeof group === 'string') ? [groups as readonly string[]] : (groups as string[][]);
};
const eachIdentity = (expected: Json, check: (id: string, wanted: Members) => readonly string[]) =>
  Object.entries(expected as Record<string, Members>).flatMap(([id, wanted]) =>
    check(id, wanted).map((text) => `${id}: ${text}`),
  );

const WORDS = { in: 'GRANTED', out: 'DENIED' } as const;
const statusOf = (wanted: Json) =>
  typeof wanted === 'object' && wanted !== null && 'status' in wanted ? wanted.status : wanted;

/** What can be asked of one identity, also inside an entry of `profiles`. */
const VALUES: Readonly<Record<string, (profile: ViewedProfile | null, wanted: Members) => readonly string[]>> = {
  attrs: (profile, wanted) => eachIn(wanted, (name) => profile?.attributes[name] ?? null),
  counters: (profile, wanted) => eachIn(wanted, (name) => profile?.counters[name] ?? 0),
  assignments: (profile, wanted) => eachIn(wanted, (name) => profile?.assigned[name] ?? null),
  consents: (profile, wanted) =>
    Object.entries(wanted).flatMap(([purpose, status]) => {
      const held = profile?.consent[purpose];
      return differ(statusOf(status), held === undefined ? null : WORDS[held]).map((text) => `${purpose}: ${text}`);
    }),
  eventCount: (profile, wanted) => differ(wanted, profile?.eventIds.length ?? 0),
};
const valueCheck =
  (field: string): Check =>
  (view, expected) =>
    eachIdentity(expected, (id, wanted) => VALUES[field]?.(of(view, id), wanted) ?? ['not understood']);

const CHECKS: Readonly<Record<string, Check>> = {
  profiles: (view, expected) => {
    const wanted = expected as readonly ({ readonly ids: readonly string[] } & Members)[];
    return [
      ...differ(wanted.map(({ ids }) => [...ids].sort()).sort(), view.profiles.map((profile) => idsOf(profile)).sort()),
      ...wanted.flatMap(({ ids, ...values }) =>
        Object.entries(values).flatMap(([field, value]) =>
          (view.hidden.has(field)
            ? []
            : (VALUES[field]?.(of(view, String(ids[0])), value as Members) ?? ['not understood'])
          ).map((text) => `${ids[0]}: ${field}: ${text}`),
        ),
      ),
    ];
  },
  links: (view, expected) => {
    const { removed = [], present = [], ...rest } = expected as Record<string, [string, string][]>;
    const held = ([a, b]: readonly [string, string]) =>
      of(view, a)?.links.some((link) => link.includes(a) && link.includes(b)) ?? false;
    return [
      ...Object.keys(rest).map((field) => `${field} not understood`),
      ...removed.filter(held).map((pair) => `${pair.join(' – ')} should be gone`),
      ...present.filter((pair) => !held(pair)).map((pair) => `${pair.join(' – ')} should be there`),
    ];
  },
  resolve: (view, expected) =>
    Object.entries(expected as Record<string, string | null>).flatMap(([id, other]) => {
      const profile = of(view, id);
      if (other === null) return profile?.person ? [`${id}: expected nobody known, got ${profile.person}`] : [];
      return profile !== null && profile === of(view, other)
        ? []
        : [`${id}: expected with ${other}, is with ${idsOf(profile)}`];
    }),
  events: (view, expected) =>
    Object.entries(expected as Record<string, string | null>).flatMap(([id, owner]) => {
      const profile = holding(view, id);
      if (owner === null ? profile === null : profile !== null && profile === of(view, owner)) return [];
      return [`${id}: expected with ${owner}, is with ${idsOf(profile)}`];
    }),
  primary: ({ primary }, expected) => eachIn(expected, (id) => primary.get(id) ?? null),
  together: (view, expected) =>
    groupsOf(expected).flatMap((ids) =>
      ids.every((id) => of(view, id) !== null && of(view, id) === of(view, String(ids[0]))) ? [] : [`not: ${ids}`],
    ),
  apart: (view, expected) =>
    groupsOf(expected).flatMap((ids) => {
      const known = ids.map((id) => of(view, id)).filter((profile) => profile !== null);
      return new Set(known).size === known.length ? [] : [`not: ${ids}`];
    }),
  rejected: ({ rejected }, expected) => sameSet(expected, rejected),
  refused: ({ refused }, expected) => sameSet(expected, refused),
  evicted: ({ evicted }, expected) => sameSet(expected, evicted),
  dropped: ({ dropped }, expected) => {
    if (Array.isArray(expected)) return sameSet(expected, [...dropped.values()].flat());
    return Object.entries(expected as Record<string, Json>).flatMap(([id, ids]) =>
      sameSet(ids, dropped.get(id) ?? []).map((text) => `${id}: ${text}`),
    );
  },
  gone: (view, expected) =>
    listOf(expected)
      .filter((id) => of(view, id) !== null)
      .map((id) => `${id} is still known`),
  alive: (view, expected) =>
    listOf(expected)
      .filter((id) => of(view, id) === null)
      .map((id) => `${id} is unknown`),
  survivor: (view, expected) => {
    const pairs = typeof expected === 'string' ? [[expected, expected] as const] : Object.entries(expected as Members);
    return pairs.flatMap(([id, wanted]) => {
      const profile = of(view, id);
      return differ(wanted, profile === null ? null : view.hostOf(profile));
    });
  },
  attrs: valueCheck('attrs'),
  counters: valueCheck('counters'),
  consents: valueCheck('consents'),
  assignments: valueCheck('assignments'),
  eventCount: (view, expected) => {
    // Of the whole space, or by identity.
    if (typeof expected === 'object' && expected !== null)
      return eachIn(expected, (id) => of(view, id)?.eventIds.length ?? 0);
    return differ(expected, view.eventCount);
  },
  freshProfile: (view, expected) =>
    listOf(expected).flatMap((id) => {
      const profile = of(view, id);
      if (profile === null) return [`${id} is unknown`];
      const old = profile.eventIds.filter((event) => view.erasedEvents.has(event));
      return old.length === 0 ? [] : [`${id} still holds ${old}`];
    }),
  locksHeld: ({ locksHeld }, expected) => differ(expected, locksHeld),
  openOps: ({ openOps }, expected) => differ(expected, openOps),
  storageEmpty: ({ emptyObjects }, expected) =>
    listOf(expected)
      .filter((name) => !emptyObjects.has(name))
      .map((name) => `${name} still holds data`),
  hops: ({ hops }, expected) =>
    Object.entries(expected as Record<string, number | { readonly max?: number }>).flatMap(([id, wanted]) => {
      const most = typeof wanted === 'number' ? wanted : wanted.max;
      const took = hops.get(id);
      if (most === undefined) return [`${id}: ${stable(wanted)} not understood`];
      return took !== undefined && took <= most ? [] : [`${id}: expected at most ${most} calls, took ${took}`];
    }),
  maxHops: ({ hops }, expected) =>
    [...hops]
      .filter(([, took]) => took > Number(expected))
      .map(([id, took]) => `${id} took ${took} calls, expected at most ${String(expected)}`),
};

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
