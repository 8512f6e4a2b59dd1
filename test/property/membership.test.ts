import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent } from '../../core/event/event.ts';
import { nextWake } from '../../core/interaction/next-wake.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { MINUTE_MS } from '../../core/lib/instant.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import { NECESSARY_MASK, withdrawnMask } from '../../core/policy/purposes.ts';
import { event, profileOf, type TestProfile } from '../core/interaction/visit-fixture.ts';
import { MembershipModel, type ModelChange, type Person, publish, type Rules } from './membership-model.ts';
import {
  attributeValues,
  DECLARED,
  event as eventShape,
  HOUR_MS,
  measures,
  nowInstant,
  rule,
  START,
  timeZone,
} from './segment-engine-arbitraries.ts';
import { storable } from './segment-engine-harness.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 20_000 : 60;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 4 * HOUR_MS : 120_000;
const seed = process.env.SELVEDGE_SEED;
const DAY_MS = 24 * HOUR_MS;
const SPREAD_MS = MINUTE_MS;
const HORIZON_MS = 40 * DAY_MS;

const rules: fc.Arbitrary<Rules> = fc.record({
  segments: fc.record({ s0: rule([]), s1: rule([]), s2: rule([]) }),
  measures,
  timeZone,
});

const spans = fc.constantFrom(0, 1, HOUR_MS, 6 * HOUR_MS, DAY_MS, 2 * DAY_MS - 1, 7 * DAY_MS, 31 * DAY_MS);
const masks = fc.constantFrom(31, 31, 31, NECESSARY_MASK, NECESSARY_MASK | 2, NECESSARY_MASK | 4);
const choice = fc.constantFrom('in', 'out', 'pending');

/** What a visit brings, by how long ago it happened: late ones are as likely as any. */
const brought = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(eventShape, spans, masks).map(([shape, ago, purposes]) => ({ ...shape, ago, purposes })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.record(attributeValues, { requiredKeys: [] }), spans).map(([values, ago]) => ({
      type: 'profile.updated',
      data: { attributes: storable({ attributes: DECLARED } as never, values as JsonObject) } as JsonObject,
      context: {},
      ago,
      purposes: 31,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('personalization', 'analytics'), choice, spans)
      .map(([purpose, chosen, ago]) => ({
        type: 'consent.updated',
        data: {},
        context: {},
        consent: { [purpose]: chosen },
        ago,
        purposes: 31,
      })),
  },
);

const step = fc.record({
  /** `alarm`: to the instant at which the object would wake. */
  passes: fc.oneof(
    { weight: 4, arbitrary: spans },
    { weight: 1, arbitrary: fc.constantFrom(366 * DAY_MS, 365 * DAY_MS + 1) },
    { weight: 2, arbitrary: fc.constant('alarm' as const) },
  ),
  brings: fc.array(brought, { maxLength: 3 }),
  before: fc.constantFrom('warm', 'sleeps', 'forgets'),
  publishes: fc.boolean(),
});

function personOf(profile: TestProfile): Person {
  const { strands, attributes } = profile.state;
  return {
    facts: profile.facts,
    attributes: Object.fromEntries(attributes),
    withdrawn: withdrawnMask(strands[0]?.consent ?? {}),
  };
}

const bySegment = (changes: readonly ModelChange[]) =>
  [...changes].sort((a, b) => (a.segment < b.segment ? -1 : a.segment > b.segment ? 1 : 0));

it(
  'memberships, their instants and causes are what the oracle says after every visit, whatever happens between them',
  () => {
    fc.assert(
      fc.property(
        fc.tuple(rules, rules),
        nowInstant,
        fc.array(step, { minLength: 1, maxLength: 8, size: 'max' }),
        (texts, start, steps) => {
          let sequence = 1;
          let published = publish(texts[0], sequence);
          const profile = profileOf(published.ruleset);
          const model = new MembershipModel(published);
          let now = Math.max(start, START);
          let before: Person | null = null;
          let wake: Instant | null = null;
          for (const { passes, brings, before: rest, publishes } of steps) {
            now = passes === 'alarm' ? Math.max(now, wake ?? now) : now + passes;
            if (rest === 'forgets') profile.state.live = null;
            if (publishes && sequence < 4) {
              published = publish(texts[sequence % 2] as Rules, ++sequence);
              if (rest === 'sleeps') profile.sleep(published.ruleset);
              else profile.publish(published.ruleset);
            } else if (rest === 'sleeps') profile.sleep();

            const events = brings
              .map(({ type, ago, data, context, purposes, ...more }) =>
                event(type, now - ago, data, { context, purposes, ...more, id: undefined } as never),
              )
              .map((each, i) => ({ ...each, id: `n${sequence}-${now}-${i}-${profile.facts.length}` }) as AcceptedEvent);
            profile.visit({ now: now as Instant, events });
            const exists = profile.state.strands.length > 0;
            if (!exists) continue;
            const after = personOf(profile);
            const found = profile.state.outbox.chunks.flatMap(({ changes }) => changes);
            const expected = model.visit(published, now, before, after);
            expect(
              bySegment(
                found.map(({ segment, status, since, cause, sequence: of }) => ({
                  segment,
                  status,
                  since,
                  cause,
                  sequence: of,
                })),
              ),
              JSON.stringify(texts),
            ).toEqual(bySegment(expected));
            for (const [segment, held] of profile.state.memberships) expect(held.member).toBe(model.has(segment));
            for (const [i, { segment, since, cause, status }] of found.entries()) {
              const isLast = found.findLastIndex((other) => other.segment === segment) === i;
              const isForgotten = status === 'exited' && since < now - limit('exitedMembershipMs');
              if (isLast && !isForgotten)
                expect(profile.state.memberships.get(segment)).toMatchObject({ since, cause });
            }
            profile.state.outbox.chunks = [];

            wake = nextWake(profile.state, published.ruleset);
            const flip = model.nextObserved(after, now + HORIZON_MS);
            if (flip !== null) {
              expect(wake, JSON.stringify(texts)).not.toBeNull();
              // Looking ahead may stop early, and never comes late but for the spread of full quarters of an hour.
              expect(wake).toBeLessThanOrEqual(flip + (flip % (15 * MINUTE_MS) === 0 ? SPREAD_MS : 0));
            }
            before = after;
          }
        },
      ),
      { numRuns: RUNS, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  },
  TIMEOUT_MS,
);
