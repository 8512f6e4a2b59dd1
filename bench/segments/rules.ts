import { CATEGORIES } from '../configuration.ts';
import { compileBehaviour, compileProfileRule } from '../engine/closure-baseline.ts';
import type { BehaviourSegment, EventFilter, Profile, RawEvent } from '../engine/workload/descriptor.ts';
import { createProfile } from '../engine/workload/profile.ts';
import { createProfileSegments } from '../engine/workload/profile-segments.ts';
import { createRandom, type Random } from '../engine/workload/random.ts';
import { textOfBehaviour, textOfProfileRule } from '../engine/workload/rule-text.ts';

/** A segment of this benchmark: its rule in PQL, and the same in plain closures, which say who must be in it. */
export interface BenchSegment {
  readonly id: string;
  readonly rule: string;
  readonly holds: (profile: Profile, events: readonly RawEvent[], now: number) => boolean;
}

const SEED = 0x5e6;
const ATTRIBUTE_SEGMENTS = 1000;
const BEHAVIOUR_SEGMENTS = 200;
/** Visitors have one of so many sets of attributes. */
const PROFILES = 16;

/** Days. */
const WINDOWS: readonly number[] = [1, 3, 7, 14, 21, 30, 30, 45, 60];
/** The visits of the history are 15 hours apart. */
const WITHIN_MINUTES: readonly number[] = [30, 120, 1440, 2880, 10_080];
/** What visitors do; half of the rules ask about what every measured visit does. */
const TYPES: readonly string[] = [
  ...['product.viewed', 'product.viewed', 'product.viewed', 'product.viewed', 'product.viewed'],
  ...['cart.added', 'cart.added', 'cart.added', 'order.placed', 'order.placed'],
];
const PATHS: readonly (readonly [first: string, second: string, without: string | null])[] = [
  ['product.viewed', 'cart.added', 'order.placed'],
  ['cart.added', 'product.viewed', 'order.placed'],
  ['product.viewed', 'product.viewed', 'cart.added'],
  ['cart.added', 'order.placed', null],
];

export const PROFILE_SETS: readonly Profile[] = Array.from({ length: PROFILES }, (_, i) =>
  createProfile(createRandom(SEED + 1 + i)),
);

/** 1,000 rules over attributes and 200 over events. */
export function manySegments(): readonly BenchSegment[] {
  const random = createRandom(SEED);
  const attributes = createProfileSegments(random, PROFILE_SETS[0] ?? {}, ATTRIBUTE_SEGMENTS).map(
    ({ id, rule }): BenchSegment => {
      const test = compileProfileRule(rule);
      return { id, rule: textOfProfileRule(rule), holds: (profile) => test(profile) };
    },
  );
  return [...attributes, ...createBehaviours(random).map(behaviour)];
}

/** Ten of the many, of both kinds, in their proportion: those that offers ask for. */
export function fewSegments(many: readonly BenchSegment[]): readonly BenchSegment[] {
  return [...many.slice(0, 8), ...many.slice(ATTRIBUTE_SEGMENTS, ATTRIBUTE_SEGMENTS + 2)];
}

function behaviour(segment: BehaviourSegment): BenchSegment {
  const test = compileBehaviour(segment);
  return { id: segment.id, rule: textOfBehaviour(segment), holds: (_, events, now) => test(events, now) };
}

/** Count, sum, recency and sequence in turn; a tenth are negated. */
function createBehaviours(random: Random): readonly BehaviourSegment[] {
  const type = random.deck(TYPES);
  const days = random.deck(WINDOWS);
  const path = random.deck(PATHS);
  const within = random.deck(WITHIN_MINUTES);
  const conditions = random.deck([0, 1, 1, 2]);
  const filter = (of: string): EventFilter => createFilter(random, of, conditions());
  const test = (i: number): BehaviourSegment['test'] => {
    switch (i % 4) {
      case 0:
        return { is: 'count', filter: filter(type()), days: days(), atLeast: random.whole(1, 12) };
      case 1:
        // Half a cent: no sum of prices is exactly that.
        return { is: 'sum', filter: filter(type()), days: days(), atLeast: random.whole(30, 900) + 0.005 };
      case 2:
        return { is: 'recency', filter: filter(type()), days: days() };
      default: {
        const [first, second, without] = path();
        return {
          is: 'sequence',
          first: filter(first),
          second: filter(second),
          without: without === null ? null : { type: without, where: [] },
          withinMinutes: within(),
          days: days(),
        };
      }
    }
  };
  return Array.from({ length: BEHAVIOUR_SEGMENTS }, (_, i) => ({
    id: `behaviour-${i}`,
    test: test(i),
    negated: i % 10 === 9,
  }));
}

function createFilter(random: Random, type: string, conditions: number): EventFilter {
  const from = random.whole(30, 80);
  const category = random.chance(0.5)
    ? ({ is: 'eq', property: 'category', value: random.pick(CATEGORIES) } as const)
    : ({ is: 'in', property: 'category', values: random.sample(CATEGORIES, 3) } as const);
  const price = { is: 'range', property: 'price', from, below: from + random.whole(10, 50) } as const;
  return { type, where: [category, price].slice(0, conditions) };
}
