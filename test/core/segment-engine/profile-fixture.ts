import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonObject, JsonValue } from '../../../core/lib/json.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { checkRules } from '../../../core/segment/language/check-rules.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import type { Log, LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import type { Subject } from '../../../core/segment/runtime/resident.ts';
import { evaluateAt } from '../../oracle/changes.ts';
import { fromJson } from '../../oracle/value.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2026, 2, 20, 12);
export const ZONE = 'Europe/Berlin';

const bought = 'eventType = "order.placed"';
const viewed = 'eventType = "product.viewed"';

/** Rules of every kind of cell; those of the second list see only what was collected for advertising. */
const RULES: Readonly<Record<string, string>> = {
  recent: `select e from xEvent where e.${viewed} and e.category = "shoes" and e.timestamp occurs <= 3 days before now`,
  often: `xEvent[${viewed} and timestamp occurs <= 7 days before now].count() >= 4`,
  seldom: `xEvent[eventType in ["product.viewed", "cart.added"] and price > 20 and timestamp occurs < 2 days before now].count() < 3`,
  ever: `xEvent[${bought}].count() >= 2`,
  any: 'xEvent[timestamp occurs <= 1 days before now].count() >= 5',
  spender: `xEvent[${bought} and timestamp occurs <= 5 days before now].sum(price) >= 60`,
  bigSpender: `xEvent[${bought} and timestamp occurs <= 5 days before now].sum(price) > 100.4`,
  refunded: 'xEvent[eventType in ["order.placed", "order.returned"]].sum(price) >= 10',
  monthly: `xEvent[${bought} and category in ["shoes", "hats"] and timestamp occurs <= 1 month before now].count() >= 1`,
  monthlySum: `xEvent[${viewed} and timestamp occurs < 2 months before now].sum(price) >= 150`,
  abandoned:
    'chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added") WHEN(<= 3 days before now), X: EXCLUDE WHAT(eventType = "order.placed")])',
  journey: `chain(xEvent, timestamp, [A: WHAT(${viewed}) WHEN(<= 6 days before now), X: EXCLUDE WHAT(eventType = "order.returned"), B: WHAT(eventType = "cart.added") AFTER(A, <= 5 hours), C: WHAT(${bought}) AFTER(B, < 2 days)])`,
  twoSteps: `chain(xEvent, timestamp, [A: WHAT(category = "hats"), B: WHAT(category = "shoes") WHEN(<= 4 days before now) AFTER(A, <= 3 hours)])`,
  afterThree: `chain(xEvent, timestamp, [A: WHAT(${viewed}) COUNT(3) WHEN(<= 4 days before now), B: WHAT(${bought})])`,
  asBefore: `chain(xEvent, timestamp, [A: WHAT(${viewed}), B: WHAT(${bought} and category = A.category) AFTER(A, <= 12 hours)])`,
  taste: 'favourite = "shoes"',
  foreign: `xEvent[${viewed} and category != ^.favourite and timestamp occurs <= 2 days before now].count() >= 1`,
  keen: 'xEvent[price > 0].decayed(2 days, price) > 40',
  today: `xEvent[${viewed} and timestamp occurs today].count() >= 2`,
  loyal: 'tier = "gold" and points >= 100',
  loyalBuyer: 'inSegment("loyal") and inSegment("ever") and not inSegment("abandoned")',
  tagged: 'xEvent[tags.exists(^^.tier = "gold")].count() >= 1 or tags includes "vip"',
  odd: 'xEvent[not (category = "shoes") and source = "web"].count() >= 3',
  fromWeb: 'xEvent[source = "web" and context.geo.country = "DE"].count() >= 2',
  scored: 'score("churn") > 0.5 and not inSegment("recent")',
};
const ADVERTISED = ['often', 'spender', 'journey', 'asBefore', 'odd'];
const MEASURES = {
  favourite: `xEvent[eventType in ["order.placed", "product.viewed"] and timestamp occurs <= 6 days before now].favourite(category, if(eventType = "order.placed", 5, 1))`,
};

const segments = Object.entries(RULES)
  .filter(([id]) => id !== 'tagged')
  .flatMap(([id, rule]) => [
    { id, rule, purpose: 'necessary' as const },
    ...(ADVERTISED.includes(id) ? [{ id: `${id}-ad`, rule, purpose: 'advertising' as const }] : []),
  ]);

const compiled = compileProgram({
  segments,
  measures: Object.entries(MEASURES).map(([id, expression]) => ({ id, expression, purpose: 'necessary' })),
  attributes: null,
  models: new Set(['churn']),
  timeZone: ZONE,
  now: START as Instant,
});
if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
export const { program, measures } = compiled.value;
export const engine = createEngine(program);

const checked = checkRules({
  segments: new Map(segments.map(({ id, rule }) => [id, rule])),
  measures: new Map(Object.entries(MEASURES)),
  attributes: null,
  models: new Set(['churn']),
  timeZone: ZONE,
});
if (!checked.ok) throw new Error(JSON.stringify(checked.error));
const trees = checked.value;

/** What a profile is made of, as the tests hold it. */
export interface World {
  events: LogEvent[];
  attributes: Record<string, JsonValue>;
  withdrawn: Record<number, number>;
  score: number;
}

export const NECESSARY = 1;
export const ADVERTISING = 8;

export function subjectOf(world: World): Subject {
  return {
    attribute: (name) => world.attributes[name],
    withdrawn: (strand) => world.withdrawn[strand] ?? 0,
    score: () => world.score,
  };
}

export function logOf(events: readonly LogEvent[]): Log {
  const log = createLog(program.log);
  for (const event of events) insertEvent(log, event);
  return log;
}

/** Memberships by the oracle: each segment sees what its purposes allow. */
export function expectedMembers(world: World, now: number): readonly boolean[] {
  return program.segments.map(({ id }) => {
    const wanted = id.endsWith('-ad') ? NECESSARY | ADVERTISING : NECESSARY;
    const purpose = id.endsWith('-ad') ? ADVERTISING : NECESSARY;
    const events = world.events
      .filter(({ strand, purposes }) => {
        const mask = purposes & ~(world.withdrawn[strand] ?? 0);
        return id.endsWith('-ad') && id !== 'x'
          ? (mask & purpose) === purpose && (mask & wanted) !== 0
          : (mask & purpose) === purpose;
      })
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : 1));
    const rule = trees.segments.get(id) as Expression;
    const { measures: measureTrees, segments: segmentTrees } = trees;
    const profile = fromJson(world.attributes as JsonObject);
    const scores = { churn: world.score };
    return (
      evaluateAt(
        { rule, measures: measureTrees, segments: segmentTrees, timeZone: ZONE, profile, events, scores },
        now,
      ) === true
    );
  });
}

/** Small numbers from a seed (mulberry32). */
export function createRandom(seed: number) {
  let state = seed;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(unit() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  return { unit, below, pick };
}
export type Random = ReturnType<typeof createRandom>;

const TYPES = ['product.viewed', 'product.viewed', 'cart.added', 'order.placed', 'order.returned', 'page.viewed'];

export function randomEvent(random: Random, at: number, strand = random.below(3)): LogEvent {
  const hex = () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const digits = hex() + hex() + hex() + hex();
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const type = random.pick(TYPES);
  const price = random.pick([19.99, 20, 20.01, 0.1, 0.2, 35.5, 60, random.below(10_000) / 100]);
  return {
    id: random.unit() < 0.8 ? uuid : `e${random.below(1e6)}`,
    source: random.pick(['web', 'web', 'app']),
    type,
    at,
    strand,
    purposes: random.unit() < 0.7 ? NECESSARY | ADVERTISING : NECESSARY,
    data: {
      ...(random.unit() < 0.9 && { category: random.pick(['shoes', 'hats', 'shirts', 'bags']) }),
      ...(random.unit() < 0.9 && { price: type === 'order.returned' ? -price : price }),
      ...(random.unit() < 0.02 && { price: 'free' }),
      ...(random.unit() < 0.1 && { tags: ['a', null, random.pick(['b', 'c'])] }),
    },
    context: random.unit() < 0.5 ? {} : { geo: { country: random.pick(['DE', 'FR']) } },
  };
}

export function randomWorld(random: Random, count: number): World {
  return {
    events: Array.from({ length: count }, () =>
      randomEvent(random, START - random.below(10 * 24) * HOUR - random.pick([0, 0, 1, 777])),
    ),
    attributes: randomAttributes(random),
    withdrawn: {},
    score: 0.4,
  };
}

export function randomAttributes(random: Random): Record<string, JsonValue> {
  return {
    ...(random.unit() < 0.8 && { tier: random.pick(['gold', 'silver', 7]) }),
    ...(random.unit() < 0.8 && { points: random.pick([0, 100, 99.5, 'many']) }),
    ...(random.unit() < 0.3 && { favourite: random.pick(['shoes', 'hats']) }),
  };
}
