import type { BehaviourSegment, BehaviourTest, EventCondition, EventFilter } from './descriptor.ts';
import { BRANDS, CATEGORIES, EVENT_TYPES, HIGHEST_PRICE } from './events.ts';
import type { Random } from './random.ts';

/** Days. Marketers like months. */
const WINDOWS: readonly number[] = [1, 3, 7, 14, 21, 30, 30, 30, 45, 60, 60, 60];
const WITHIN_MINUTES: readonly number[] = [5, 10, 20, 30, 60, 120, 720];
/** Thresholds as shares of what a person does on average: some ask for little, some for more than most people do. */
const DEMANDS: readonly number[] = [0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.7];

/** Everything that decides how much work a segment is comes from decks, so that seeds differ in what is asked, not in how much. */
interface Decks {
  readonly window: readonly (() => number)[];
  readonly conditions: readonly (() => number)[];
  readonly type: () => string;
  readonly demand: () => number;
  readonly withinMinutes: () => number;
  readonly excludes: () => boolean;
  readonly property: () => EventCondition['property'];
}

/** Count, sum, recency and sequence in turn, and of each kind as many of every window; a tenth are negated. */
export function createBehaviourSegments(random: Random, count: number): readonly BehaviourSegment[] {
  const kinds = [0, 1, 2, 3];
  const decks: Decks = {
    window: kinds.map(() => random.deck(WINDOWS)),
    conditions: [
      [0, 0, 1, 1, 2],
      [0, 0, 1, 1, 2],
      [1, 2, 2],
      [0, 1],
    ].map((conditions) => random.deck(conditions)),
    // Each type at least once, the frequent ones more often.
    type: random.deck([...EVENT_TYPES, ...EVENT_TYPES.slice(0, 10), ...EVENT_TYPES.slice(0, 5)]),
    demand: random.deck(DEMANDS),
    withinMinutes: random.deck(WITHIN_MINUTES),
    excludes: random.deck([true, true, true, true, false]),
    property: random.deck(['category', 'brand', 'price']),
  };
  const negated = random.deck([true, ...Array.from({ length: 9 }, () => false)]);
  return Array.from({ length: count }, (_, i) => ({
    id: `behaviour-${i}`,
    test: createTest(random, decks, i % 4),
    negated: negated(),
  }));
}

function createTest(random: Random, decks: Decks, kind: number): BehaviourTest {
  const days = decks.window[kind]?.() ?? 30;
  if (kind === 3) return createSequence(random, decks, days);
  const filter = createFilter(random, decks, decks.type(), kind);
  if (kind === 2) return { is: 'recency', filter, days };
  // A longer window and a filter that lets more through ask for more.
  const demand = decks.demand() * (1 + (days / 30) * (filter.where.length === 0 ? 14 : 4));
  if (kind === 0) return { is: 'count', filter, days, atLeast: Math.max(1, Math.round(demand)) };
  // Half a cent: no sum of prices is exactly that, so the order of adding, which rounds differently, cannot matter.
  return { is: 'sum', filter, days, atLeast: Math.round(demand * 80) + 20.005 };
}

function createSequence(random: Random, decks: Decks, days: number): BehaviourTest {
  const [first = '', second = '', without = ''] = random.sample(EVENT_TYPES.slice(0, 12), 3);
  return {
    is: 'sequence',
    first: createFilter(random, decks, first, 3),
    second: createFilter(random, decks, second, 3),
    without: decks.excludes() ? { type: without, where: [] } : null,
    withinMinutes: decks.withinMinutes(),
    days,
  };
}

function createFilter(random: Random, decks: Decks, type: string, kind: number): EventFilter {
  const properties = new Set<EventCondition['property']>();
  const conditions = decks.conditions[kind]?.() ?? 0;
  while (properties.size < conditions) properties.add(decks.property());
  return { type, where: [...properties].map((property) => createCondition(random, property)) };
}

function createCondition(random: Random, property: EventCondition['property']): EventCondition {
  if (property === 'price') {
    const from = random.whole(0, HIGHEST_PRICE - 50);
    return { is: 'range', property, from, below: from + random.whole(20, HIGHEST_PRICE - from) };
  }
  const values = property === 'category' ? CATEGORIES : BRANDS;
  if (random.chance(0.5)) return { is: 'eq', property, value: random.pickSkewed(values) };
  return { is: 'in', property, values: random.sample(values, random.whole(2, 5)) };
}
