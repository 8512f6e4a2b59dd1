import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../core/event/event.ts';
import { membersOf } from '../../core/interaction/evaluate.ts';
import { rebuild } from '../../core/interaction/rebuild.ts';
import type { SourceId } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import { mergedAttributes, mergedRecent } from '../../core/profile/merge.ts';
import { applyEvent, createStrand } from '../../core/profile/strand.ts';
import { encodeLog } from '../../core/segment/runtime/log/encode-log.ts';
import { DEVICE, event, later, NOW, profileOf, RULESET, type TestProfile } from '../core/interaction/visit-fixture.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 5000 : 150;

const choice = fc.constantFrom('in', 'out', 'pending');
const consent = fc.dictionary(fc.constantFrom('analytics', 'personalization', 'advertising'), choice, { minKeys: 1 });
const shape = fc.oneof(
  fc.record({ type: fc.constant('product.viewed'), data: fc.record({ productId: fc.constantFrom('p1', 'p2', 'p3') }) }),
  fc.record({
    type: fc.constantFrom('cart.added', 'order.placed', 'search.performed', 'custom.x'),
    data: fc.constant({}),
  }),
  fc.record({
    type: fc.constant('profile.updated'),
    data: fc.record({
      attributes: fc.dictionary(fc.constantFrom('tier', 'firstName'), fc.constantFrom('gold', 'bronze', null), {
        minKeys: 1,
      }),
    }),
  }),
);

/** Events at distinct instants over ten days, from two sources. */
const history: fc.Arbitrary<readonly AcceptedEvent[]> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 240 }), shape, fc.constantFrom('web', 'app')), {
    selector: ([hours]) => hours,
    maxLength: 14,
  })
  .map((made) =>
    made.map(([hours, { type, data }, source]) =>
      event(type, later(-hours * 3_600_000), data, { source: source as SourceId }),
    ),
  );

/** Another way for the same events to come: shuffled, some sent twice or thrice, cut into requests; the object sleeps after some. */
const arrival = (events: readonly AcceptedEvent[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.array(fc.nat(Math.max(0, events.length - 1)), { maxLength: events.length ? 8 : 0 }),
    )
    .chain(([shuffled, again]) =>
      fc.shuffledSubarray([...shuffled, ...again.map((i) => shuffled[i] as AcceptedEvent)], {
        minLength: shuffled.length + again.length,
      }),
    )
    .chain((sent) =>
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), {
          minLength: sent.length,
          maxLength: sent.length,
        })
        .map((cuts) => ({ sent, cuts })),
    );

function send(
  profile: TestProfile,
  sent: readonly AcceptedEvent[],
  cuts: readonly (readonly [size: number, sleep: boolean])[],
): void {
  let at = 0;
  for (const [size, sleep] of cuts) {
    if (at >= sent.length) return;
    const batch = sent.slice(at, at + size);
    at += size;
    // One request comes from one source.
    for (const source of ['web', 'app']) {
      const events = batch.filter((each) => each.source === source);
      if (events.length > 0) profile.visit({ events });
    }
    if (sleep) profile.sleep();
  }
}

function outcome(profile: TestProfile) {
  // Members are derived anew after a wake.
  profile.visit({});
  return outcomeOf(profile);
}

const outcomeOf = (profile: TestProfile) => ({
  facts: profile.facts.map(({ source, id, at, type, strand }) => `${source} ${id} ${at} ${type} ${strand}`).sort(),
  attributes: Object.fromEntries([...profile.state.attributes].sort()),
  members: [...membersOf(profile.state)],
  memberships: [...profile.state.memberships].flatMap(([segment, { member }]) => (member ? [segment] : [])).sort(),
  nextFlip: profile.state.live?.resident.nextFlip(null, later(40 * DAY_MS), 1_000),
  recent: mergedRecent(profile.state.strands, 12),
  counted: profile.state.strands.map((strand) => strand.facts),
});

describe('a history', () => {
  it('gives the same profile however its events arrive: in any order, in any batches, repeated, with sleep in between', () => {
    fc.assert(
      fc.property(
        history.filter((events) => events.length > 0).chain((events) => fc.tuple(fc.constant(events), arrival(events))),
        ([events, { sent, cuts }]) => {
          const once = profileOf();
          const inOrder = [...events].sort((a, b) => a.at - b.at);
          for (const source of ['web', 'app']) {
            const own = inOrder.filter((each) => each.source === source);
            if (own.length > 0) once.visit({ events: own });
          }
          const other = profileOf();
          send(other, sent, cuts);
          expect(outcome(other)).toEqual(outcome(once));
        },
      ),
      { numRuns: runs },
    );
  });

  it('counts each event once: accepted, duplicate and refused add up to what was sent', () => {
    fc.assert(
      fc.property(
        history.chain((events) => fc.tuple(fc.constant(events), arrival(events))),
        ([events, { sent }]) => {
          const profile = profileOf();
          let [accepted, duplicates] = [0, 0];
          for (const one of sent) {
            const answer = profile.visit({ events: [one] });
            accepted += answer.accepted;
            duplicates += answer.duplicates.length;
          }
          expect([accepted, accepted + duplicates]).toEqual([events.length, sent.length]);
        },
      ),
      { numRuns: runs },
    );
  });

  it('rebuilt from its facts has the lists it had, in any order of the facts', () => {
    fc.assert(
      fc.property(
        history.chain((events) => fc.tuple(fc.constant(events), arrival(events))),
        ([events, { sent, cuts }]) => {
          const profile = profileOf();
          send(profile, sent, cuts);
          if (events.length === 0) return;
          const before = outcome(profile);
          rebuild(profile.state, RULESET, [...profile.facts].reverse());
          expect(outcome(profile)).toEqual(before);
        },
      ),
      { numRuns: runs },
    );
  });

  it('survives its snapshot byte by byte', () => {
    fc.assert(
      fc.property(history, (events) => {
        const profile = profileOf();
        for (const each of events) profile.visit({ events: [each], placements: ['hero'] });
        const stored = () => {
          const { live, noted, log, memberships, ...rest } = profile.state;
          return {
            ...structuredClone(rest),
            memberships: [...memberships],
            log: encodeLog(log, (text) => new TextEncoder().encode(text)),
          };
        };
        const before = stored();
        profile.sleep();
        const { memberships, ...rest } = stored();
        expect(rest).toEqual({ ...before, memberships: undefined });
        expect(new Map(memberships)).toEqual(new Map(before.memberships));
      }),
      { numRuns: runs },
    );
  });
});

describe('what one strand is known to be', () => {
  const values = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 50 }), shape, fc.option(consent, { nil: undefined })), {
      selector: ([at]) => at,
      maxLength: 12,
    })
    .map((made) =>
      made.map(([at, { type, data }, chosen]) => event(type, at, data, chosen ? { consent: chosen } : {})),
    );

  it('does not depend on the order in which its events arrive: consent, attributes and recent views', () => {
    fc.assert(
      fc.property(
        values.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const [a, b] = [createStrand(DEVICE, 'anonymous', 1, NOW), createStrand(DEVICE, 'anonymous', 1, NOW)];
          for (const each of [...events].sort((x, y) => x.at - y.at)) applyEvent(a, each);
          for (const each of shuffled) applyEvent(b, each);
          expect([b.consent, b.attributes, b.recent, b.lastSeen]).toEqual([
            a.consent,
            a.attributes,
            a.recent,
            a.lastSeen,
          ]);
          for (const purpose of ['analytics', 'personalization', 'advertising'] as const) {
            const newest = events.filter((each) => each.consent?.[purpose]).sort((x, y) => y.at - x.at)[0];
            expect(b.consent[purpose]).toBe(newest?.consent?.[purpose]);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it('merged with other strands, the newest value wins and null removes, whichever strand it came through', () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }), (events, places) => {
        const strands = [0, 1, 2].map(() => createStrand(DEVICE, 'anonymous', 1, NOW));
        const one = createStrand(DEVICE, 'anonymous', 1, NOW);
        for (const [i, each] of events.entries()) {
          applyEvent(strands[places[i] ?? 0] ?? one, each);
          applyEvent(one, each);
        }
        expect(new Map([...mergedAttributes(strands)].sort())).toEqual(new Map([...mergedAttributes([one])].sort()));
        expect(mergedRecent(strands, 12)).toEqual(mergedRecent([one], 12));
      }),
      { numRuns: runs },
    );
  });
});
