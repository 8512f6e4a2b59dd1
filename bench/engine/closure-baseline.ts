import type {
  BehaviourSegment,
  BehaviourTest,
  Bucketing,
  EventCondition,
  EventFilter,
  Profile,
  ProfileRule,
  RawEvent,
} from './workload/descriptor.ts';

/**
 * FROZEN. The straightforward way to evaluate segments, as a good engineer writes it in an afternoon, and the yardstick
 * of the engine: each rule is compiled once to nested closures; nothing is shared between segments, nothing indexed,
 * nothing kept between evaluations. It is not weak: patterns and sets are prepared, loops run backwards from the newest
 * event and stop where the window ends or the answer is known, and nothing is allocated while evaluating. Changing this
 * file makes old and new ratios incomparable: do not tune it, in either direction.
 */

export type ProfileTest = (profile: Profile) => boolean;
/** `events` are in the order of their times; none is after `now`. */
export type EventsTest = (events: readonly RawEvent[], now: number) => boolean;
type DataTest = (data: RawEvent['data']) => boolean;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const RETENTION_MS = 90 * DAY_MS;

/** An absent attribute satisfies no predicate. */
export function compileProfileRule(rule: ProfileRule): ProfileTest {
  switch (rule.is) {
    case 'eq': {
      const { attribute, value } = rule;
      return (profile) => profile[attribute] === value;
    }
    case 'in': {
      const { attribute } = rule;
      const values: ReadonlySet<unknown> = new Set(rule.values);
      return (profile) => values.has(profile[attribute]);
    }
    case 'range':
      return compileRange(rule.attribute, rule.from, rule.below);
    case 'contains': {
      const { attribute, text } = rule;
      return (profile) => {
        const value = profile[attribute];
        return typeof value === 'string' && value.includes(text);
      };
    }
    case 'startsWith': {
      const { attribute, text } = rule;
      return (profile) => {
        const value = profile[attribute];
        return typeof value === 'string' && value.startsWith(text);
      };
    }
    case 'matches': {
      const { attribute } = rule;
      const pattern = new RegExp(rule.pattern);
      return (profile) => {
        const value = profile[attribute];
        return typeof value === 'string' && pattern.test(value);
      };
    }
    case 'and':
      return compileAnd(rule.of.map(compileProfileRule));
    case 'or':
      return compileOr(rule.of.map(compileProfileRule));
    case 'not': {
      const of = compileProfileRule(rule.of);
      return (profile) => !of(profile);
    }
  }
}

function compileRange(attribute: string, from: number | null, below: number | null): ProfileTest {
  if (from === null) {
    const end = below ?? Number.POSITIVE_INFINITY;
    return (profile) => {
      const value = profile[attribute];
      return typeof value === 'number' && value < end;
    };
  }
  if (below === null) {
    return (profile) => {
      const value = profile[attribute];
      return typeof value === 'number' && value >= from;
    };
  }
  return (profile) => {
    const value = profile[attribute];
    return typeof value === 'number' && value >= from && value < below;
  };
}

function compileAnd(tests: readonly ProfileTest[]): ProfileTest {
  const [a, b] = tests;
  if (a && b && tests.length === 2) return (profile) => a(profile) && b(profile);
  return (profile) => {
    for (const test of tests) if (!test(profile)) return false;
    return true;
  };
}

function compileOr(tests: readonly ProfileTest[]): ProfileTest {
  const [a, b] = tests;
  if (a && b && tests.length === 2) return (profile) => a(profile) || b(profile);
  return (profile) => {
    for (const test of tests) if (test(profile)) return true;
    return false;
  };
}

export function compileBehaviour({ test, negated }: BehaviourSegment): EventsTest {
  const of = compileTest(test);
  return negated ? (events, now) => !of(events, now) : of;
}

function compileTest(test: BehaviourTest): EventsTest {
  switch (test.is) {
    case 'count':
      return compileCount(test.filter, test.days * DAY_MS, test.atLeast);
    case 'recency':
      return compileCount(test.filter, test.days * DAY_MS, 1);
    case 'sum':
      return compileSum(test.filter, test.days * DAY_MS, test.atLeast);
    case 'sequence':
      return compileSequence(test);
  }
}

function compileCount({ type, where }: EventFilter, windowMs: number, atLeast: number): EventsTest {
  const holds = compileWhere(where);
  return (events, now) => {
    const from = now - windowMs;
    let missing = atLeast;
    for (let i = events.length - 1; i >= 0; i--) {
      const event = events[i] as RawEvent;
      if (event.at < from) return false;
      if (event.type === type && holds(event.data) && --missing === 0) return true;
    }
    return false;
  };
}

/** Prices are not negative, so a sum that is reached stays reached. */
function compileSum({ type, where }: EventFilter, windowMs: number, atLeast: number): EventsTest {
  const holds = compileWhere(where);
  return (events, now) => {
    const from = now - windowMs;
    let sum = 0;
    for (let i = events.length - 1; i >= 0; i--) {
      const event = events[i] as RawEvent;
      if (event.at < from) return false;
      if (event.type !== type || !holds(event.data)) continue;
      sum += event.data.price;
      if (sum >= atLeast) return true;
    }
    return false;
  };
}

/** Going back in time, only the earliest `second` after a `first`, with no `without` before it, can be the one that the `first` leads to. */
function compileSequence(test: BehaviourTest & { readonly is: 'sequence' }): EventsTest {
  const { type: firstType, where: firstWhere } = test.first;
  const { type: secondType, where: secondWhere } = test.second;
  const isFirst = compileWhere(firstWhere);
  const isSecond = compileWhere(secondWhere);
  const withoutType = test.without?.type ?? null;
  const isWithout = compileWhere(test.without?.where ?? []);
  const windowMs = test.days * DAY_MS;
  const withinMs = test.withinMinutes * MINUTE_MS;
  return (events, now) => {
    const from = now - windowMs;
    let secondAt = Number.POSITIVE_INFINITY;
    for (let i = events.length - 1; i >= 0; i--) {
      const { type, at, data } = events[i] as RawEvent;
      if (at < from) return false;
      if (type === firstType && secondAt - at <= withinMs && isFirst(data)) return true;
      if (type === withoutType && isWithout(data)) secondAt = Number.POSITIVE_INFINITY;
      if (type === secondType && isSecond(data)) secondAt = at;
    }
    return false;
  };
}

function compileWhere(where: readonly EventCondition[]): DataTest {
  const [a, b, ...more] = where.map(compileCondition);
  if (more.length > 0) throw new Error('a filter has at most two conditions');
  if (a && b) return (data) => a(data) && b(data);
  return a ?? (() => true);
}

function compileCondition(condition: EventCondition): DataTest {
  switch (condition.is) {
    case 'eq': {
      const { value } = condition;
      return condition.property === 'category' ? (data) => data.category === value : (data) => data.brand === value;
    }
    case 'in': {
      const values = new Set(condition.values);
      return condition.property === 'category' ? (data) => values.has(data.category) : (data) => values.has(data.brand);
    }
    case 'range': {
      const { from, below } = condition;
      return ({ price }) => price >= from && price < below;
    }
  }
}

/** The number of members; 1 in `members` for each of them. */
export function evaluateProfile(tests: readonly ProfileTest[], profile: Profile, members: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < tests.length; i++) {
    const member = (tests[i] as ProfileTest)(profile) ? 1 : 0;
    members[i] = member;
    count += member;
  }
  return count;
}

/** The number of members; 1 in `members` for each of them. */
export function evaluateEvents(
  tests: readonly EventsTest[],
  events: readonly RawEvent[],
  now: number,
  members: Uint8Array,
): number {
  let count = 0;
  for (let i = 0; i < tests.length; i++) {
    const member = (tests[i] as EventsTest)(events, now) ? 1 : 0;
    members[i] = member;
    count += member;
  }
  return count;
}

/** What is kept of a person between two visits, as JSON. */
export interface JsonState {
  readonly events: RawEvent[];
}

/** Load, take the event, forget what no window reaches, decide, save. */
export function roundTrip(tests: readonly EventsTest[], state: string, event: RawEvent, members: Uint8Array): string {
  const { events } = JSON.parse(state) as JsonState;
  events.push(event);
  const oldest = event.at - RETENTION_MS;
  while (events[0] && events[0].at < oldest) events.shift();
  evaluateEvents(tests, events, event.at, members);
  return JSON.stringify({ events });
}

/** The variation of a person: FNV-1a twice, because one round spreads short ids unevenly; GrowthBook's version 2 does the same. */
export function compileBucketing({ key, weights }: Bucketing): (unit: string) => number {
  let end = 0;
  const ends = weights.map((weight) => {
    end += weight;
    return Math.round(end * 10_000);
  });
  const start = fnv1a(key);
  return (unit) => {
    const bucket = fnv1a(String(fnv1a(unit, start))) % 10_000;
    for (let i = 0; i < ends.length; i++) if (bucket < (ends[i] as number)) return i;
    return -1;
  };
}

function fnv1a(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
