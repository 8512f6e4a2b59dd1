import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countersOf } from '../../cli/conformance-identity/profile-values.ts';
import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import { linkId } from '../../core/identity/replay/link.ts';
import { profilesOf } from '../../core/identity/replay/profiles.ts';
import { replayLinks } from '../../core/identity/replay/replay-links.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import { EMPTY_STITCH, type StitchState } from '../../core/identity/replay/stitch-state.ts';
import {
  EMPTY_TIMELINE,
  recordEvents,
  settleAll,
  settleBefore,
  type Timeline,
} from '../../core/identity/replay/timeline.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { arrival, events, eventsOfManyDevices, rules } from './identity-arbitraries.ts';

/** fast-check prints seed and path of a failure; SELVEDGE_SEED runs that seed again. */
const CASES = process.env.SELVEDGE_NIGHTLY ? 100_000 : 2_000;
const given = process.env.SELVEDGE_SEED;
const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
const settings = { numRuns: CASES, seed };
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 3_600_000 : 60_000;

const shuffle = fc.array(fc.nat(1000), { minLength: 14, maxLength: 14 });
const repeats = fc.array(fc.nat(100), { maxLength: 3 });

function arriveOneByOne(stream: readonly StitchEvent[], by: StitchRules): Timeline {
  return stream.reduce((timeline, event) => recordEvents(timeline, [event], by), EMPTY_TIMELINE);
}

/** Everything that may not depend on the order of arrival: partition, links, owners, choices, outcomes. */
function picture(state: StitchState, by: StitchRules): unknown {
  const profiles = profilesOf(state, by).map((profile) => ({
    keys: [...profile.keys].sort(),
    links: profile.links.map((link) => `${linkId(link)} ${link.verifiedAt?.at} ${link.claimedAt?.at}`).sort(),
    person: profile.person,
    facts: profile.facts.map((fact) => `${fact.id} ${fact.strand} ${fact.generation} ${fact.keptBy}`).sort(),
    consent: profile.consent,
    assigned: profile.assigned,
  }));
  const outcomes = [...state.outcomes].map(([id, { kind, refused, primary }]) =>
    [id, kind, refused, primary].join(' '),
  );
  return { profiles: profiles.sort((a, b) => (a.keys.join() < b.keys.join() ? -1 : 1)), outcomes: outcomes.sort() };
}

/** Compares as text first: almost all of many thousand pictures are equal, and the matcher is slow. */
function expectSame(one: unknown, other: unknown): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) expect(one).toEqual(other);
}

function provenLinks(state: StitchState): readonly string[] {
  const all = [...state.links.values()].flatMap((links) => [...links.values()]);
  return [
    ...new Set(all.filter(({ verifiedAt }) => verifiedAt !== null).map((l) => `${linkId(l)} ${l.verifiedAt?.at}`)),
  ].sort();
}

/** A logout counts whoever says it. */
function isProof({ verified, kind }: StitchEvent): boolean {
  return verified || kind === 'force' || kind === 'logout';
}

/** The limit on merges counts claims too: it can refuse a proof's merge, and takes nothing from one. */
function proofsFirst(free: StitchRules): StitchRules {
  return { ...free, maxMerges: 1000, policy: { ...free.policy, displace: 'authenticated' } };
}

function valuesOf(keys: readonly IdentityKey[], namespace: string): number {
  return keys.filter((key) => namespaceOf(key) === namespace).length;
}

describe(`identity replay, ${CASES} cases each, seed ${seed}`, () => {
  test('every order of arrival ends in the same people, with the same history', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(events, rules, shuffle, repeats, (ordered, by, order, again) => {
        const direct = recordEvents(EMPTY_TIMELINE, arrival(ordered, [0], []), by);
        const late = arriveOneByOne(arrival(ordered, order, again), by);
        expectSame(picture(late.head, by), picture(direct.head, by));
        const batch = recordEvents(EMPTY_TIMELINE, arrival(ordered, order, []), by);
        expectSame(picture(batch.head, by), picture(direct.head, by));
      }),
      settings,
    );
  });

  test('no profile exceeds a limit, and no two values of a unique namespace are together', {
    timeout: TIMEOUT_MS,
  }, () => {
    fc.assert(
      fc.property(events, rules, shuffle, (ordered, by, order) => {
        let timeline = EMPTY_TIMELINE;
        for (const event of arrival(ordered, order, [])) {
          timeline = recordEvents(timeline, [event], by);
          for (const { keys } of profilesOf(timeline.head, by)) {
            expect(keys.length).toBeLessThanOrEqual(by.maxIdentities);
            expect(valuesOf(keys, 'crm')).toBeLessThanOrEqual(1);
            expect(valuesOf(keys, 'loyalty')).toBeLessThanOrEqual(1);
            expect(valuesOf(keys, 'email')).toBeLessThanOrEqual(2);
          }
        }
      }),
      settings,
    );
  });

  test('a replay of what it kept keeps it all, and a repeated event changes nothing', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(events, rules, shuffle, (ordered, by, order) => {
        const stream = arrival(ordered, order, []);
        const timeline = arriveOneByOne(stream, by);
        for (const { links } of profilesOf(timeline.head, by)) expect(replayLinks(links, by).removed).toEqual([]);
        expect(recordEvents(timeline, stream, by)).toBe(timeline);
      }),
      settings,
    );
  });

  test('each stored event is in exactly one profile, and counters are sums over strands', {
    timeout: TIMEOUT_MS,
  }, () => {
    fc.assert(
      fc.property(events, rules, shuffle, repeats, (ordered, by, order, again) => {
        const { head } = arriveOneByOne(arrival(ordered, order, again), by);
        const profiles = profilesOf(head, by);
        const stored = profiles.flatMap(({ facts }) => facts.map(({ id }) => id));
        expect(stored.toSorted()).toEqual([...head.facts.keys()].sort());
        expect(new Set(stored).size).toBe(stored.length);
        const steps = new Map(
          ordered.map(({ id, stamp }) => [id, { t: 0, id, op: 'event', ids: {}, inc: { n: stamp.at } }] as const),
        );
        const total = profiles.reduce((sum, { facts }) => sum + (countersOf(facts, steps).n ?? 0), 0);
        const accepted = ordered.filter(({ id }) => head.outcomes.get(id)?.kind === 'stored');
        expect(total).toBe(accepted.reduce((sum, { stamp }) => sum + stamp.at, 0));
        for (const { facts } of profiles) {
          expect(countersOf(facts, steps).n ?? 0).toBe(facts.reduce((sum, { stamp }) => sum + stamp.at, 0));
        }
      }),
      settings,
    );
  });

  test('claims never displace a proof: proven links are as if nobody had claimed anything', {
    timeout: TIMEOUT_MS,
  }, () => {
    fc.assert(
      fc.property(events, rules, shuffle, (ordered, free, order) => {
        const by = proofsFirst(free);
        const mixed = arriveOneByOne(arrival(ordered, order, []), by);
        const proven = arriveOneByOne(arrival(ordered.filter(isProof), order, []), by);
        expect(provenLinks(mixed.head)).toEqual(provenLinks(proven.head));
      }),
      settings,
    );
  });

  test('nor where limits have windows and some come after the book is closed', { timeout: TIMEOUT_MS }, () => {
    const places = fc.uniqueArray(fc.nat(13), { maxLength: 3 });
    fc.assert(
      fc.property(eventsOfManyDevices, rules, places, (ordered, free, late) => {
        const by = proofsFirst(free);
        const close = (head: StitchState, event: StitchEvent) => recordEvents(settleAll(head), [event], by).head;
        const onTime = ordered.filter((_, index) => !late.includes(index));
        const arriving = arrival([...onTime, ...ordered.filter((_, index) => late.includes(index))], [0], []);
        const mixed = arriving.reduce(close, EMPTY_STITCH);
        expect(provenLinks(mixed)).toEqual(provenLinks(arriving.filter(isProof).reduce(close, EMPTY_STITCH)));
      }),
      settings,
    );
  });

  test('a refusal is never weakened by a link or an unlink', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(events, rules, (ordered, by) => {
        let timeline = EMPTY_TIMELINE;
        for (const event of arrival(ordered, [0], [])) {
          const before = profilesOf(timeline.head, by);
          timeline = recordEvents(timeline, [event], by);
          if (Object.keys(event.consent).length > 0) continue;
          const after = profilesOf(timeline.head, by);
          for (const { person, consent } of before) {
            if (person === null) continue;
            const now = after.find(({ keys }) => keys.includes(person));
            for (const [purpose, said] of Object.entries(consent)) {
              if (said === 'out') expect([event.id, now?.consent[purpose]]).toEqual([event.id, 'out']);
            }
          }
        }
      }),
      settings,
    );
  });

  test('settling the past changes nothing for events that come after it', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(events, rules, fc.nat(14), (ordered, by, horizon) => {
        const stream = arrival(ordered, [0], []);
        const past = stream.filter(({ stamp }) => stamp.at < horizon);
        const rest = stream.filter(({ stamp }) => stamp.at >= horizon).reverse();
        const settled = settleBefore(arriveOneByOne(past, by), horizon as Instant, by);
        expect(settled.recent).toEqual([]);
        const after = rest.reduce((timeline, event) => recordEvents(timeline, [event], by), settled);
        expectSame(picture(after.head, by), picture(arriveOneByOne(stream, by).head, by));
      }),
      settings,
    );
  });
});
