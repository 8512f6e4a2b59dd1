import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../core/lib/json.ts';
import type { AttributeType } from '../../core/segment/attribute-type.ts';

/**
 * A small world, so that rules and histories meet often: few types, few values, instants on the edges of the windows. Rules are texts: what an
 * author writes, and what a failure prints.
 */
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const DECLARED: ReadonlyMap<string, AttributeType> = new Map([
  ['tier', 'string'],
  ['name', 'string'],
  ['age', 'number'],
  ['vip', 'boolean'],
  ['due', 'instant'],
  ['tags', 'list'],
] as const);
const MEASURES = ['m0', 'm1', 'm2'];

type Text = fc.Arbitrary<string>;

const pick = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
/** Parts, each an arbitrary or itself, put together. */
const put = (...parts: readonly (Text | string)[]): Text =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''));
const often = (weight: number, arbitrary: Text) => ({ weight, arbitrary });

/* Time: a grid of six hours around the last days of a month and a change of the clocks, one millisecond off now and then. */

/** `START` and `now` lie on the grid of the events. */
export const START = Date.UTC(2026, 2, 24);
const grid = (from: number, to: number) =>
  fc
    .tuple(fc.integer({ min: from * 4, max: to * 4 }), fc.constantFrom(0, 0, 0, 0, -1, 1, 1800_000))
    .map(([step, off]) => START + step * 6 * HOUR_MS + off);
export const eventInstant = fc.oneof({ weight: 5, arbitrary: grid(-6, 8) }, { weight: 1, arbitrary: grid(-70, 40) });
export const nowInstant = grid(0, 9);
const iso = fc.oneof(grid(-40, 20), grid(-6, 8)).map((at) => new Date(at).toISOString());

const unit = fc.oneof(often(8, pick('days')), pick('hours', 'weeks', 'months', 'quarters', 'years'));
const calendarUnit = pick('day', 'week', 'month', 'quarter', 'year');
const base = fc.oneof(
  often(6, pick('now')),
  pick('today', 'yesterday', 'tomorrow', 'due', 'date(2026,3,20)'),
  put(pick('this ', 'last ', 'next '), calendarUnit),
);
const span = put(fc.integer({ min: 0, max: 9 }).map(String), ' ', unit);
const window_ = put(pick('<= ', '< '), span, ' before now');
const tail = fc.oneof(
  often(12, window_),
  often(3, put(pick('<= ', '< ', '= ', '> ', '>= '), span, pick(' before ', ' after '), base)),
  put(pick('before ', 'after ', 'on ', ''), base),
  put('between ', base, ' and ', base),
);

/* Conditions on one event; `of` is put before its fields, `up` before the profile's. */

const word = pick('"a"', '"b"', '"A"', '"ab"', '"gold"', '""');
const number = fc.oneof(often(3, pick('0', '1', '2')), pick('2.5', '3', '-1', '10'));
const order = pick(' = ', ' != ', ' < ', ' <= ', ' > ', ' >= ');
const types = fc.oneof(often(4, pick('= "view"', '= "cart"', '= "order"')), pick('in ["view", "cart"]', '!= "view"'));

function eventTest(of: string, up: string): Text {
  return fc.oneof(
    often(6, put(of, 'eventType ', types)),
    often(5, put(of, pick('timestamp', 'occurredAt'), ' occurs ', tail)),
    often(3, put(of, 'n', order, number)),
    often(3, put(of, pick('sku', 'cat', 'context.channel'), pick(' = ', ' != ', ' < ', ' >= '), word)),
    put(of, pick('sku', 'n'), pick(' in ', ' notIn '), pick('["a", "b"]', '[1, 2, "a"]', '[]')),
    put(of, pick('tags', 'n'), pick('.includes("a")', '.includes(1)', '.count() = 1')),
    put(of, 'sku.', pick('startsWith', 'endsWith', 'contains'), '(', word, pick('', ', false'), ')'),
    put(of, 'sku.', pick('like("a%")', 'matches("^a|b$")', 'equals("A", false)', 'isNull()')),
    put(of, pick('n', 'sku', 'none', 'context'), pick('.isNull()', '.isNotNull()')),
    put(of, 'when occurs ', tail),
    put(of, 'when', pick(' < now', ' >= due')),
    put(of, pick('source = "s1"', '_id != "e1"', 'deep.size > 1', 'items.n.sum() > 2')),
    ...(up === '' ? [] : [put(of, pick(`sku = ${up}tier`, `n > ${up}age`, `n >= ${up}m0`, `sku in ${up}tags`))]),
  );
}

function eventCondition(of: string, up: string): Text {
  const test = eventTest(of, up);
  return fc.oneof(
    often(4, test),
    often(6, put(test, ' and ', test)),
    often(4, put(of, 'eventType ', types)),
    often(9, put(of, 'eventType ', types, ' and ', of, 'timestamp occurs ', window_)),
    often(4, put(of, 'eventType ', types, ' and ', test, ' and ', of, 'timestamp occurs ', window_)),
    put('(', test, ' or ', test, ')'),
    put('not (', test, ')'),
    put('if(', test, ', ', test, ', ', test, ')'),
  );
}

const inFilter = eventCondition('', '^.');
const events = fc.oneof(often(9, put('xEvent[', inFilter, ']')), pick('xEvent'));

const step = (label: string, before: string): Text =>
  put(
    `${label}: WHAT(`,
    before === '' ? inFilter : fc.oneof(often(5, inFilter), put(inFilter, ` and sku = ${before}.sku`)),
    ')',
    fc.oneof(often(2, pick('')), often(2, put(' WHEN(', window_, ')')), put(' WHEN(', tail, ')')),
    before === ''
      ? ''
      : fc.oneof(often(2, pick('')), put(` AFTER(${before}, `, pick('<= ', '< ', '>= ', '> '), span, ')')),
    fc.oneof(often(4, pick('')), put(' COUNT(', pick('1', '2', '3'), ')')),
  );
const counted = put('B: WHAT(', inFilter, ') COUNT(', pick('= ', '<= ', '< ', '> '), pick('1', '2'), ')');
const exclude = (label: string) => put(`${label}: EXCLUDE WHAT(`, inFilter, ')');
const steps = fc.oneof(
  step('A', ''),
  put(step('A', ''), ', ', exclude('X')),
  put(step('A', ''), ', ', step('B', 'A')),
  put(step('A', ''), ', ', exclude('X'), ', ', step('B', 'A')),
  put(step('A', ''), ', ', exclude('X'), ', ', step('B', 'A'), ', ', exclude('Y')),
  put(step('A', ''), ', ', step('B', 'A'), ', ', step('C', 'B')),
  put(step('A', ''), ', ', counted),
);
const chain = put('chain(xEvent, timestamp, [', steps, '])');

/* Numbers, and measures. */

const numbers: Text = fc.oneof(
  often(4, put(events, '.count()')),
  often(3, put(events, '.sum(n)')),
  put(events, pick('.average(n)', '.min(n)', '.max(n)', '.first(n)', '.last(n)', '.map(n).head()')),
  put(events, pick('.map(sku).distinct().count()', '.topN(n, 2).sum(n)', '.bottomN(n, 1).head().n')),
  put(events, '.decayed(', pick('2 days', '9 days', '6 hours'), pick('', ', n'), ')'),
  put('(select E from xEvent where ', eventCondition('E.', ''), ').count()'),
  put('(', pick('sum', 'min', 'average'), ' E.n over E from xEvent where ', eventCondition('E.', ''), ')'),
  pick('age', 'score("p")', 'age + 1', 'age * age', 'age % 2', 'tags.count()', 'currentDayOfMonth()', 'getMonth(due)'),
);
const texts: Text = fc.oneof(
  put(events, '.favourite(', pick('sku', 'cat', 'sku, n'), ')'),
  put(events, pick('.first(sku)', '.last(cat)', '.map(sku).head()')),
  pick('tier', 'name', 'name.regexGroup("(a)(b)?", 1)'),
);
export const measure: Text = fc.oneof(often(4, numbers), often(2, texts), events, put(events, '.decayed(sku, 3 days)'));

/* Conditions on the profile. */

const attributeTest: Text = fc.oneof(
  often(3, put(pick('tier', 'name'), pick(' = ', ' != ', ' < ', ' >= ', ' > '), word)),
  often(3, put('age', order, number)),
  put(pick('tier', 'name'), pick('.startsWith(', '.endsWith(', '.contains(', '.equals('), word, pick(')', ', false)')),
  put(
    pick('tier', 'name'),
    pick(' in ["a", "gold"]', ' notIn ["b"]', ' in [1, "a"]', ' like "%a_"', '.matches("^a+$")'),
  ),
  put(pick('tier', 'age', 'vip', 'due', 'tags', 'none'), pick('.isNull()', '.isNotNull()')),
  pick('vip', 'not vip', 'vip = false', 'tags', 'tags.includes("a")', 'tags intersects ["a", 1]', '"b" in tags'),
  often(2, put('due occurs ', tail)),
  pick('due < now', 'due > today', 'anniversary(due)', 'currentMonth() = 4', 'this week > due', 'tier = age'),
);

const leaf = (earlier: readonly string[]): Text =>
  fc.oneof(
    often(5, attributeTest),
    often(12, put(numbers, order, number)),
    often(4, put('exists E from xEvent where ', eventCondition('E.', ''))),
    often(8, chain),
    often(2, events),
    put(texts, pick(' = ', ' != '), word),
    put('forall E from xEvent where ', eventCondition('E.', '')),
    put('exists E from xEvent where ', eventCondition('E.', ''), ', F from xEvent where F.n > E.n'),
    put(events, '.exists(', inFilter, ')'),
    put('let V = (', numbers, ') in (V > 1 and V < 5)'),
    often(
      3,
      put(
        pick(...MEASURES),
        fc.oneof(put(order, number), put(' = ', word), pick('.isNull()', '.count() > 1', '.get("a") > 0.5')),
      ),
    ),
    put(numbers, order, numbers),
    pick('score("p") > 0.5', 'score("q") < 1'),
    ...(earlier.length === 0 ? [] : [often(6, put(pick('', 'not '), 'inSegment("', pick(...earlier), '")'))]),
  );

/** A rule that may name the segments `earlier`. */
export function rule(earlier: readonly string[]): Text {
  const one = leaf(earlier);
  const two = fc.oneof(
    often(4, one),
    put('(', one, pick(' and ', ' or '), one, ')'),
    put('not (', one, pick(' and ', ' or '), one, ')'),
  );
  return fc.oneof(
    often(3, two),
    put(two, pick(' and ', ' or '), two),
    put('if(', one, ', ', two, ', ', one, ')'),
    put(two, ' and ', one, ' and not (', one, ')'),
  );
}

/* The same in small: static filters, few lengths of time and a history of three days, so that edges are met by the millisecond. */

const tightSpan = pick('0 days', '6 hours', '12 hours', '1 days', '1 days', '2 days', '1 weeks', '1 months');
const tightWindow = put(pick('<= ', '< '), tightSpan, ' before now');
const tightFilter = put(
  'eventType ',
  types,
  fc.oneof(often(3, pick('')), pick(' and n > 0', ' and n >= 2', ' and n = 1')),
);
const windowed = put('xEvent[', tightFilter, ' and timestamp occurs ', tightWindow, ']');
const maybe = (part: Text) => fc.oneof(pick(''), part);
const tightChain = put(
  'chain(xEvent, timestamp, [A: WHAT(',
  tightFilter,
  ')',
  maybe(put(' WHEN(', tightWindow, ')')),
  maybe(put(', X: EXCLUDE WHAT(', tightFilter, ')')),
  ', B: WHAT(',
  tightFilter,
  ')',
  maybe(put(' WHEN(', tightWindow, ')')),
  fc.oneof(pick(''), often(2, put(' AFTER(A, ', pick('<= ', '< '), tightSpan, ')'))),
  maybe(put(', Y: EXCLUDE WHAT(', tightFilter, ')')),
  '])',
);

export function tightRule(earlier: readonly string[]): Text {
  const one = fc.oneof(
    often(3, put(windowed, '.count()', order, pick('1', '2', '3'))),
    often(2, put(windowed, '.sum(n)', order, pick('0', '1', '2', '3', '5'))),
    often(3, tightChain),
    put('xEvent[', tightFilter, '].count()', order, pick('1', '2', '3')),
    ...(earlier.length === 0 ? [] : [put(pick('', 'not '), 'inSegment("', pick(...earlier), '")')]),
  );
  return fc.oneof(often(4, one), put(pick('', 'not '), '(', one, pick(' and ', ' or '), one, ')'));
}

/* Profiles and events. */

const someText = fc.constantFrom('a', 'b', 'A', 'ab', 'gold', '', '\u{1F45F}', '\uFFEE');
const someNumber = fc.constantFrom(0, 1, 2, 2.5, 3, -1, 10, 0.1);
const odd: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(null, true, 1, 'a', ['a', null, 1], { a: 1 }, []);
const valueOr = (usual: fc.Arbitrary<JsonValue>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: odd });

export const attributeValues = {
  tier: valueOr(someText),
  name: valueOr(someText),
  age: valueOr(someNumber),
  vip: valueOr(fc.boolean()),
  due: valueOr(iso),
  tags: valueOr(fc.array(fc.constantFrom<JsonValue>('a', 'b', 1, null), { maxLength: 3 })),
};
export const profile = fc.record(attributeValues, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;

const data = fc.record(
  {
    n: valueOr(someNumber),
    sku: valueOr(someText),
    cat: valueOr(someText),
    tags: valueOr(fc.array(someText, { maxLength: 2 })),
    when: valueOr(iso),
    deep: valueOr(fc.record({ size: someNumber })),
    items: valueOr(fc.array(fc.record({ n: someNumber }), { maxLength: 2 })),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

/** Ids come again, from the same source and from another. */
export const event = fc.record({
  id: fc.integer({ min: 0, max: 12 }).map((n) => `e${n}`),
  source: fc.constantFrom('s1', 's1', 's2'),
  type: fc.constantFrom('view', 'view', 'cart', 'order', 'other'),
  at: eventInstant,
  data,
  context: fc.record({ channel: someText }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>,
});

/** For tight rules. */
export const tightEvent = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((n) => `e${n}`),
  source: fc.constantFrom('s1', 's1', 's1', 's2'),
  type: fc.constantFrom('view', 'view', 'cart', 'order'),
  // Or 28 days earlier: then windows of one month end on the grid too.
  at: fc
    .tuple(fc.integer({ min: -8, max: 4 }), fc.constantFrom(0, 0, 0, -28), fc.constantFrom(0, 0, 0, -1, 1))
    .map(([step, days, off]) => START + step * 6 * HOUR_MS + days * DAY_MS + off),
  data: fc.record(
    { n: fc.constantFrom<JsonValue>(0, 1, 2, 0.1, -1, 'a') },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>,
  context: fc.constant<JsonObject>({}),
});

export const timeZone = pick('UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
export const scores = fc.record({ p: fc.constantFrom(0.2, 0.8), q: fc.constantFrom(0.5, 2) }, { requiredKeys: [] });
export const measures = fc.tuple(measure, measure, measure).map(([m0, m1, m2]) => ({ m0, m1, m2 }));

export const DAYS_AHEAD = 12;
export const horizonOf = (now: number) => now + DAYS_AHEAD * DAY_MS;
