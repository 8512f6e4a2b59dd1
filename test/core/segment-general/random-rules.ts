import fc from 'fast-check';
import { TIME_UNIT_NAMES } from '../../../core/segment/language/time-unit.ts';

export const DAY_MS = 86_400_000;
export const START = Date.UTC(2026, 1, 20);

/** Shorter units flip so often that the oracle takes too long. */
const unit = fc.constantFrom(
  ...TIME_UNIT_NAMES.filter(
    (name) => !['millisecond', 'second', 'minute', 'decade', 'century', 'millennium'].includes(name),
  ),
);

/** Often on the last days of a month and around the change of clocks. */
export const instant = fc.oneof(
  fc.integer({ min: START - 60 * DAY_MS, max: START + 60 * DAY_MS }),
  fc
    .constantFrom(
      '2026-01-31T00:00:00Z',
      '2026-02-28T23:30:00Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-31T22:00:00Z',
      '2026-04-04T15:00:00Z',
    )
    .map(Date.parse),
);

export const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/New_York',
  'Africa/Casablanca',
);

const base = fc.oneof(
  fc.constantFrom('now', 'now', 'today', 'yesterday', 'tomorrow', 'due', 'born'),
  fc.tuple(fc.constantFrom('this', 'last', 'next'), unit).map((words) => words.join(' ')),
  fc.constantFrom('date(2026, 3, 10)', '"2026-03-29T03:00"', 'xEvent.max(timestamp)'),
);
const tail = fc.oneof(
  fc
    .tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), fc.nat(40), unit, fc.constantFrom('before', 'after'), base)
    .map((words) => words.join(' ')),
  fc
    .tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), fc.nat(3), unit, fc.constantFrom('before', 'after'), base)
    .map((words) => words.join(' ')),
  fc.tuple(fc.constantFrom('before', 'after', 'on', ''), base).map((words) => words.join(' ')),
  fc.tuple(base, base).map(([from, to]) => `between ${from} and ${to}`),
);

const subject = fc.constantFrom('due', 'now', 'today', 'born', 'xEvent.min(timestamp)', 'tomorrow');

/** Rules whose truth changes with time. */
export const timedRule = fc.oneof(
  tail.map((when) => `exists E from xEvent where E.timestamp occurs ${when}`),
  fc.tuple(subject, tail).map(([of, when]) => `${of} occurs ${when}`),
  fc.tuple(tail, fc.nat(3)).map(([when, n]) => `xEvent[timestamp occurs ${when}].count() = ${n}`),
  tail.map((when) => `forall E from xEvent where E.timestamp occurs ${when}`),
  tail.map((when) => `chain(xEvent, timestamp, [A: WHAT(n > 1) WHEN(${when}), X: EXCLUDE WHAT(n = 1)])`),
  fc
    .tuple(
      tail,
      fc.constantFrom('', ', X: EXCLUDE WHAT(n = 0)'),
      tail,
      fc.constantFrom('', 'COUNT(2)', 'COUNT(= 1)', 'COUNT(<= 1)', 'AFTER(A, <= 9 days)', 'AFTER(A, > 1 month)'),
    )
    .map(
      ([a, x, b, count]) =>
        `chain(xEvent, timestamp, [A: WHAT(n > 0) WHEN(${a})${x}, B: WHAT(n != A.n) WHEN(${b}) ${count}])`,
    ),
  fc.tuple(tail, tail).map(([a, b]) => `due occurs ${a} or not due occurs ${b}`),
  fc.tuple(subject, fc.constantFrom('=', '<', '<=', '>', '>=', '!='), subject).map((words) => words.join(' ')),
  fc
    .tuple(
      fc.constantFrom('xEvent', 'xEvent[n > 1]'),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('<', '<=', '>', '>=', '=', '!='),
      fc.constantFrom(
        '0.3',
        '1',
        '0',
        'xEvent.decayed(5 days)',
        'xEvent.decayed(9 days, n) / 2',
        '2 - xEvent[n = 1].decayed(30 days)',
        'interest.get("a")',
        'interest.b * 1.5',
      ),
    )
    .map(([of, days, is, to]) => `${of}.decayed(${days} days, n) ${is} ${to}`),
  fc.constantFrom(
    'anniversary(due)',
    'anniversary(born)',
    'currentMonth() = 4',
    'currentDayOfMonth() > 15',
    'getYear(now) = 2026',
    'due < now',
    'getMonth(yesterday) = 3',
    'interest.values().max() > 0.7',
    'interest.values().sum() < 1',
    'interest.values().topN(n, 1)',
    'interest.get("a") in [1, interest.get("b")]',
    '(xEvent.decayed(3 days) / xEvent.decayed(3 days, n)) > 0.6',
    'xEvent.decayed(3 days) * xEvent.decayed(7 days) - 0.5 > 0',
    '(xEvent.decayed(3 days, n) % 0.5) > 0.25',
    'xEvent.decayed(8 hours) > 0',
    'xEvent.favourite(s, ^.interest.get("a") - n / 10) = "b"',
    'xEvent.decayed(9 days, ^.interest.get(s)) > 0.4',
    '[now, due].min() = due',
    'xEvent.decayed(s, 2 days).keys() = ["a", "b"]',
    'inSegment("other")',
    'not inSegment("other") and seen occurs <= 9 days before now',
  ),
);

export const events = fc
  .array(fc.tuple(instant, fc.nat(3), fc.constantFrom('a', 'b', '10', '9')), { maxLength: 5 })
  .map((list) =>
    list
      .map(([at, n, s], i) => ({ id: String(i), type: 'a', at, source: '', data: { n, s }, context: {} }))
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
  );

export const MEASURES = new Map([
  ['interest', 'xEvent.decayed(s, 6 days, n)'],
  ['seen', 'xEvent.max(timestamp)'],
]);
export const SEGMENTS = new Map([
  ['other', 'exists E from xEvent where E.n = 2 and E.timestamp occurs <= 2 weeks before now'],
]);

const number = fc.constantFrom(
  'n',
  '1',
  '2.5',
  'm',
  'list.count()',
  'list.sum()',
  'o.sum(p)',
  'mixed.max()',
  'o.average(p)',
  '(n / m)',
  '(n % 2)',
  '(7 - n)',
  'o.head().p',
  'none',
);
const text = fc.constantFrom('t', '"Abc"', 'u', '"a"', 'o.head().s', 'map.k', 'none', '"\\ud83d\\ude00x"', '"ﬀ"');
const list = fc.constantFrom(
  'list',
  'o',
  'o.s',
  'texts',
  'mixed',
  '[1, 2]',
  '["a", n]',
  'none',
  '[]',
  'o[p > 1]',
  'list.distinct()',
  'mixed.distinct()',
  'o.map(q.r)',
  'xEvent',
  'xEvent.n',
  'xEvent.s',
  'list.topN(n, 2)',
  'o.bottomN(p, 2)',
  'o.topN(s, 1)',
  'map.values()',
  'map.keys()',
  'xEvent.q',
  'xEvent.timestamp',
  'o[s = "a"].p',
);
const value = fc.oneof(number, text, list, fc.constantFrom('flag', 'map', 'now', 'due'));

/** Rules of functions and operators over JSON. */
export const plainRule: fc.Arbitrary<string> = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(value, fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value).map((words) => words.join(' ')),
    fc
      .tuple(
        text,
        fc.constantFrom(
          'startsWith',
          'doesNotStartWith',
          'endsWith',
          'contains',
          'doesNotContain',
          'equals',
          'notEqualTo',
          'doesNotEndWith',
        ),
        text,
        fc.constantFrom('', ', false', ', flag'),
      )
      .map(([a, f, b, exact]) => `${f}(${a}, ${b}${exact})`),
    fc.tuple(text, fc.constantFrom('"%a%"', '"_b%"', '"A__"', '"%"', 't')).map(([a, b]) => `${a} like ${b}`),
    fc
      .tuple(text, fc.constantFrom('"^a"', '"(?i)ab"', '"\\\\bx"', '"b$"', '"[^a-c]"'))
      .map(([a, b]) => `${a} matches ${b}`),
    fc.tuple(text, text).map(([a, b]) => `regexGroup(${a}, "(a|b)(x)?", 1) = ${b}`),
    fc.tuple(value, fc.constantFrom('in', 'notIn'), list).map((words) => words.join(' ')),
    fc.tuple(list, fc.constantFrom('intersects', 'subsetOf', 'supersetOf'), list).map((words) => words.join(' ')),
    fc.tuple(list, list, list).map(([a, b, c]) => `${a}.intersection(${b}) = ${c}`),
    fc
      .tuple(
        list,
        fc.constantFrom(
          'first(s)',
          'last(p)',
          'favourite(s)',
          'favourite(p, p)',
          'min()',
          'max(p)',
          'head()',
          'head().s',
          'min(timestamp)',
          'exists(p > 1)',
          'map(s)',
        ),
        value,
      )
      .map(([a, f, b]) => `${a}.${f} = ${b}`),
    fc
      .tuple(fc.constantFrom('exists', 'forall'), list, fc.constantFrom('X.p > 1', 'X.s = t', 'X = n', 'X.n in list'))
      .map(([q, from, where]) => `${q} X from ${from} where (${where}), Y from o where Y.p >= 1`),
    fc.tuple(list, list).map(([a, b]) => `(select X from ${a} where X.p = 1, Y from ${b}).count() >= 1`),
    fc
      .tuple(fc.constantFrom('sum', 'average', 'min', 'max'), list, number)
      .map(([f, from, n]) => `(${f} X.p over X from ${from} where X.s != "b") >= ${n}`),
    value.map((of) => `${of}.isNull()`),
    list,
    fc.tuple(value, tie('rule')).map(([of, rule]) => `let n = (${of}) in (${rule})`),
    tie('rule').map((rule) => `not (${rule})`),
    fc.tuple(tie('rule'), fc.constantFrom('and', 'or'), tie('rule')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc.tuple(tie('rule'), value, value).map(([rule, a, b]) => `if(${rule}, ${a}, ${b}) = ${a}`),
  ),
})).rule;

const json = fc.oneof(
  fc.constantFrom(0, 1, 2, 3.5, -1),
  fc.constantFrom('a', 'b', 'Abc', 'abx', 'ẞa', '2026-03-01', '😀x'),
  fc.boolean(),
  fc.constant(null),
);
const item = fc.record(
  { p: json, s: json, q: fc.constantFrom(null, { r: 1 }, { r: [1, null, 2] }) },
  { requiredKeys: [] },
);

export const profile = fc.record(
  {
    n: json,
    m: json,
    t: json,
    u: json,
    flag: json,
    list: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    texts: fc.array(fc.constantFrom('a', 'b', 'B'), { maxLength: 3 }),
    mixed: fc.array(json, { maxLength: 4 }),
    o: fc.array(item, { maxLength: 3 }),
    map: fc.dictionary(fc.constantFrom('k', '10', '9', '__proto__', 'constructor'), json),
  },
  { requiredKeys: [] },
);
