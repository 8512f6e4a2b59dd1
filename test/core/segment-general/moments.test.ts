import { describe, test } from 'vitest';
import { checkCase, type Row } from './function-cases.ts';

describe('dates', () => {
  test.each<Row>([
    ['currentYear() = 2026 and currentMonth() = 3 and currentDayOfMonth() = 31', true],
    ['born.getYear() = 1990 and born.getMonth() = 3 and born.getDayOfMonth() = 31', true],
    ['since.getDayOfMonth() = 30', true],
    ['text.getYear() = 2026', null],
    ['n.getYear() = 2026', null],
    ['getMonth(last month) = 2', true],
    ['born.anniversary()', true],
    ['leap.anniversary()', false],
    ['text.anniversary()', null],
    // Two texts are compared as texts.
    ['born < since', true],
    ['since occurs before now', true],
    ['since occurs yesterday', true],
    ['since occurs today', false],
    ['since occurs on yesterday', true],
    ['since occurs between yesterday and today', true],
    ['since occurs between today and tomorrow', false],
    ['now occurs between since and now', true],
    ['since occurs after yesterday', false],
    ['since occurs after last month', true],
    ['since occurs this month', true],
    ['since occurs last week', false],
    ['since occurs this week', true],
    ['since occurs date(2026, 3, 30)', true],
    ['since occurs before date(2026, 3, 30)', false],
    ['since occurs after date(2026, 3, 30)', false],
    ['since occurs = 1 day before now', true],
    ['since occurs = 1 day before today', true],
    ['since occurs = 13 hours before now', true],
    ['since occurs = 12 hours before now', false],
    ['since occurs < 13 hours before now', true],
    ['since occurs <= 12 hours before now', false],
    ['since occurs > 12 hours before now', true],
    ['since occurs >= 13 hours before now', false],
    ['since occurs <= 1 day before today', true],
    ['now occurs <= 1 day before today', false],
    ['now occurs <= 1 day after yesterday', true],
    ['now occurs = 1 day after yesterday', true],
    ['now occurs < 1 day after born', false],
    ['now occurs <= 36 years after born', false],
    ['now occurs <= 37 years after born', true],
    ['now occurs > 36 years after born', true],
    ['born occurs <= 36 years before now', false],
    ['born occurs <= 37 years before now', true],
    ['born occurs > 36 years before now', true],
    ['text occurs before now', null],
    ['born occurs before text', null],
    ['born occurs between text and now', null],
    ['born occurs between now and text', null],
    ['now occurs now', true],
    ['since occurs now', false],
  ])('%s: %s', (rule, expected) => checkCase(rule, expected));

  const day = (text: string) => `2026-${text}`;
  test.each<readonly [rule: string, expected: boolean, horizon: string, changes: readonly string[]]>([
    // A window ends for the first time a millisecond after its last one, if it is closed.
    ['since occurs <= 2 days before now', true, '04-10', ['04-01T23:30:00.001Z']],
    ['since occurs < 2 days before now', true, '04-10', ['04-01T23:30:00Z']],
    ['since occurs > 2 days before now', false, '04-10', ['04-01T23:30:00.001Z']],
    ['since occurs >= 2 days before now', false, '04-10', ['04-01T23:30:00Z']],
    ['since occurs = 2 days before now', false, '04-10', ['04-01T00:00:00Z', '04-02T00:00:00Z']],
    ['since occurs yesterday', true, '04-10', ['04-01T00:00:00Z']],
    ['since occurs last month', false, '06-10', ['04-01T00:00:00Z', '05-01T00:00:00Z']],
    ['since occurs last week', false, '04-20', ['04-06T00:00:00Z', '04-13T00:00:00Z']],
    ['since occurs <= 1 month before now', true, '06-10', ['04-30T23:30:00.001Z']],
    ['now occurs tomorrow', false, '04-10', []],
    ['now occurs date(2026, 4, 2)', false, '04-10', ['04-02T00:00:00Z', '04-03T00:00:00Z']],
    ['now occurs after date(2026, 4, 2)', false, '04-10', ['04-03T00:00:00Z']],
    ['now occurs before date(2026, 4, 2)', true, '04-10', ['04-02T00:00:00Z']],
    ['now occurs > 2 days after since', false, '04-10', ['04-01T23:30:00.001Z']],
    ['now occurs <= 2 days after since', true, '04-10', ['04-01T23:30:00.001Z']],
    ['now occurs = 3 days after since', false, '04-10', ['04-02T00:00:00Z', '04-03T00:00:00Z']],
    ['now occurs <= 1 day before date(2026, 4, 3)', false, '04-10', ['04-02T00:00:00Z', '04-03T00:00:00Z']],
    ['now occurs < 1 day before date(2026, 4, 3)', false, '04-10', ['04-02T00:00:00.001Z', '04-03T00:00:00Z']],
    ['now occurs > 1 month after since', false, '06-10', ['04-30T23:30:00.001Z']],
    ['currentMonth() = 4', false, '06-10', ['04-01T00:00:00Z', '05-01T00:00:00Z']],
    ['currentDayOfMonth() = 2', false, '04-10', ['04-02T00:00:00Z', '04-03T00:00:00Z']],
    ['leap.anniversary()', false, '06-10', []],
    ['born.anniversary()', true, '04-10', ['04-01T00:00:00Z']],
    ['xEvent[_id = "e4"].decayed(1 day) > 0.5', true, '04-10', ['04-01T12:00:00Z']],
    ['xEvent[_id = "e4"].decayed(1 day) >= 0.5', true, '04-10', ['04-01T12:00:00.001Z']],
    ['xEvent[timestamp occurs < 1 day before now].count() >= 1', true, '04-10', ['04-01T12:00:00.001Z']],
    ['xEvent.count() = 5', false, '04-10', ['03-31T12:00:00.001Z']],
    [
      'chain(xEvent, timestamp, [A: WHAT(type = "a") WHEN(< 2 days before now), B: WHAT(type = "b")])',
      true,
      '04-10',
      ['04-01T12:00:00Z'],
    ],
    [
      'chain(xEvent, timestamp, [A: WHAT(type = "b"), X: EXCLUDE WHAT(type = "a")])',
      true,
      '04-10',
      ['03-31T12:00:00.001Z'],
    ],
  ])('%s: %s until %s but for %j', (rule, expected, horizon, changes) =>
    checkCase(rule, expected, { horizon: `${day(horizon)}T00:00:00Z`, changes: changes.map(day) }),
  );

  test.each<readonly [rule: string, expected: boolean, changes: readonly string[]]>([
    // Clocks are put on at 2026-03-29T01:00Z and back at 2026-10-25T01:00Z.
    ['born occurs before today', true, []],
    ['now occurs date(2026, 4, 1)', false, ['2026-03-31T22:00:00Z', '2026-04-01T22:00:00Z']],
    ['since occurs today', true, ['2026-03-31T22:00:00Z']],
    ['since occurs = 1 day before now', false, ['2026-03-31T22:00:00Z', '2026-04-01T22:00:00Z']],
    ['since occurs <= 1 month before now', true, ['2026-04-29T23:30:00.001Z']],
  ])('in Berlin: %s', (rule, expected, changes) =>
    checkCase(rule, expected, { timeZone: 'Europe/Berlin', horizon: '2026-05-10T00:00:00Z', changes }),
  );
});

describe('sequences', () => {
  const chain = (steps: string) => `chain(xEvent, timestamp, [${steps}])`;
  test.each<Row>([
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b")'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "a"), C: WHAT(type = "a")'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b"), C: WHAT(type = "a"), D: WHAT(type = "b")'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") AFTER(A, < 1 day)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") AFTER(A, <= 1 day)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") AFTER(A, > 30 days)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") AFTER(A, > 31 days)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") AFTER(A, >= 1 month)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "a"), C: WHAT(type = "b") AFTER(A, <= 20 days)'), false],
    [chain('A: WHAT(type = "a"), X: EXCLUDE WHAT(type = "b"), B: WHAT(type = "a")'), false],
    [chain('A: WHAT(type = "a"), X: EXCLUDE WHAT(p = 7), B: WHAT(type = "b")'), true],
    [chain('A: WHAT(type = "a" and p > 1), X: EXCLUDE WHAT(p = "no"), B: WHAT(p < 0)'), false],
    [chain('A: WHAT(type = "a"), X: EXCLUDE WHAT(type = "b")'), false],
    [chain('A: WHAT(type = "b"), X: EXCLUDE WHAT(type = "a")'), true],
    [chain('A: WHAT(type = "a") COUNT(2), B: WHAT(type = "b")'), true],
    [chain('A: WHAT(type = "a") COUNT(2), B: WHAT(type = "b") COUNT(2)'), false],
    [chain('A: WHAT(type = "a") COUNT(3)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(= 2)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(= 1)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(= 3)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(< 1)'), false],
    [chain('A: WHAT(type = "b"), B: WHAT(type = "a") COUNT(< 1)'), true],
    [chain('A: WHAT(type = "b"), B: WHAT(type = "a") COUNT(<= 0)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(> 1)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b") COUNT(> 2)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(sku > A.sku)'), true],
    [chain('A: WHAT(type = "a"), B: WHAT(sku < A.sku)'), false],
    [chain('A: WHAT(type = "a"), B: WHAT(type = "b"), C: WHAT(c = A.c)'), true],
    [chain('A: WHAT(type = "a"), X: EXCLUDE WHAT(c != A.c), B: WHAT(sku = 2)'), false],
    [chain('A: WHAT(type = "a") WHEN(> 20 days before now), B: WHAT(type = "b") WHEN(today)'), true],
    [chain('A: WHAT(type = "a") WHEN(> 30 days before now), B: WHAT(type = "b")'), true],
    [chain('A: WHAT(type = "a") WHEN(> 31 days before now), B: WHAT(type = "b")'), false],
    // By another time than the events' own.
    ['chain(xEvent, due, [A: WHAT(type = "a"), B: WHAT(type = "b")])', false],
    ['chain(xEvent, due, [A: WHAT(type = "b"), B: WHAT(type = "a")])', true],
    ['chain(xEvent, due, [A: WHAT(p = -1)])', false],
    ['chain(xEvent, due, [A: WHAT(p = 7)])', true],
    ['chain(gone, at, [A: WHAT(p = 1)])', null],
    ['chain(people, gone, [A: WHAT(age = 30)])', false],
  ])('%s: %s', (rule, expected) => checkCase(rule, expected));

  const AT = (second: number) => `2026-03-30T00:00:0${second}Z`;
  const history = (text: string) =>
    text.split(' ').map((part, i) => ({ id: `${i}`, type: part[0], at: AT(Number(part[1])), data: { k: 1, n: i } }));
  // Static, by counting, by a label, by a gap in months: each has a way of its own through the engine.
  const forms: readonly (readonly [form: string, b: string])[] = [
    ['static', 'WHAT(type = "b")'],
    ['counted', 'WHAT(type = "b") COUNT(2)'],
    ['labelled', 'WHAT(type = "b" and k = A.k)'],
    ['by months', 'WHAT(type = "b") AFTER(A, <= 1 month)'],
    ['of the profile', 'WHAT(type = "b" and ^.i = 2)'],
  ];
  test.each(
    forms.flatMap(([form, b]) =>
      (
        [
          ['a1 b2 b3 x4', true],
          ['a1 x2 b3 b4', false],
          ['a1 x1 b2 b3', true],
          ['a1 b2 x2 b3', true],
          ['a1 x2 a3 b4 b5', true],
          ['a1 b2 b3 a4', true],
          ['b1 b2 a3', false],
          ['a1 b1 b1', false],
          ['a1 b2 b2', true],
        ] as const
      ).map(([events_, expected]) => [form, events_, b, expected] as const),
    ),
  )('an exclusion stands strictly between two steps, %s: %s', (_, text, b, expected) =>
    checkCase(chain(`A: WHAT(type = "a"), X: EXCLUDE WHAT(type = "x"), B: ${b}`), expected, { events: history(text) }),
  );
});
