import { describe, expect, test } from 'vitest';
import type { PredicateGroup } from '../../../core/segment/runtime/program.ts';
import { compileRules, shownCells } from './compile-support.ts';

const cellsOf = (rule: string) => shownCells(compileRules({ it: rule }).program);
const DAY = 86_400_000;
const WEEK = { is: 'span', ms: 7 * DAY + 1 };
const once = (count: string, window: object | null = null, n = 1) => [{ count, window, n }];

describe('counts', () => {
  test.each([
    ['xEvent[type = "a"]', once('a')],
    ['exists E from xEvent where E.type = "a"', once('a')],
    ['select E from xEvent where E.type = "a"', once('a')],
    ['xEvent.exists(type = "a")', once('a')],
    ['xEvent[type = "a"].count() >= 2', once('a', null, 2)],
    ['xEvent[type = "a"].count() > 2', once('a', null, 3)],
    ['xEvent[type = "a"].count() < 2', once('a', null, 2)],
    ['xEvent[type = "a"].count() <= 2', once('a', null, 3)],
    ['3 <= xEvent[type = "a"].count()', once('a', null, 3)],
    ['xEvent[type = "a"].count() > 1.5', once('a', null, 2)],
    ['xEvent[type = "a"].count() = 0', once('a')],
    ['isNull(xEvent[type = "a"].head())', once('a')],
    ['xEvent[type = "a"][c = "x"]', once('a, c in x')],
    ['xEvent[type = "a" or type = "b"]', once('a|b')],
    ['xEvent[type in ["b", "a"] and type in ["b", "c"]]', once('b')],
    [
      'xEvent[c in ["y", "x"] and p > 5 and context.geo.city = "Ulm"]',
      once('any, c in x|y, context.geo.city in Ulm, p > 5'),
    ],
    ['xEvent[5 < p]', once('any, p > 5')],
    ['xEvent[source = "web"]', once('any, #-4 in web')],
    ['xEvent[c like "x%"]', once('any, rest')],
    ['xEvent[timestamp occurs <= 7 days before now]', once('any', WEEK)],
    ['xEvent[timestamp occurs < 7 days before now]', once('any', { is: 'span', ms: 7 * DAY })],
    ['xEvent[timestamp occurs <= 1 quarter before now]', once('any', { is: 'months', months: 3, closed: true })],
    ['xEvent[timestamp occurs <= 9 days before now][timestamp occurs <= 1 week before now]', once('any', WEEK)],
    ['xEvent[timestamp occurs after date(2026, 3, 1)]', once('any, rest')],
    ['chain(xEvent, timestamp, [A: WHAT(type = "a") WHEN(<= 7 days before now)])', once('a', WEEK)],
    ['chain(xEvent, timestamp, [A: WHAT(type = "a") COUNT(<= 3)])', once('a', null, 4)],
  ])('%s', (rule, expected) => expect(cellsOf(rule)).toEqual(expected));

  test('an exact count is two thresholds; one of its sides is asked', () => {
    const { program } = compileRules({ it: 'xEvent[type = "a"].count() = 2' });
    expect(shownCells(program)).toEqual([...once('a', null, 2), ...once('a', null, 3)]);
    expect(program.cells).toMatchObject([{ ifFalse: -1 }, { ifTrue: -1 }]);
  });

  test('what is always or never so needs no cell', () => {
    const { program } = compileRules({
      always: 'xEvent.count() >= 0',
      never: 'xEvent.count() = 1.5',
      unknown: 'vip in [] or "x" in []',
    });
    expect(program.segments.map(({ start }) => start)).toEqual([-1, -2, -2]);
    expect(program.cells).toEqual([]);
  });
});

describe('sums', () => {
  const sum = (is: string, value: number) => [{ sum: 'a', of: 'p', window: WEEK, is, value }];
  const recent = 'xEvent[type = "a" and timestamp occurs <= 7 days before now]';
  test.each([
    [`${recent}.sum(p) >= 10`, sum('>=', 10)],
    [`${recent}.sum(p) < 10`, sum('>=', 10)],
    [`${recent}.sum(p) <= 10`, sum('>', 10)],
    [`${recent}.p.sum() > 10`, sum('>', 10)],
    [`10 > ${recent}.sum(p)`, sum('>=', 10)],
    [`(sum E.p over E from ${recent}) > 10`, sum('>', 10)],
    [`(sum E.p over E from xEvent where E.type = "a" and E.timestamp occurs <= 7 days before now) > 10`, sum('>', 10)],
  ])('%s', (rule, expected) => expect(cellsOf(rule)).toEqual(expected));

  test('a measure that is a sum or a count does not stand in the way', () => {
    const { program } = compileRules(
      { a: 'spent > 10', b: 'spent < 20' },
      { measures: [{ id: 'spent', expression: 'xEvent.sum(p)', purpose: 'personalization' }] },
    );
    expect(shownCells(program).map((cell) => Object.keys(cell)[0])).toEqual(['sum', 'sum', 'value']);
  });
});

describe('sequences', () => {
  test('static steps, windows, gaps and exclusions', () => {
    const rule = `chain(xEvent[timestamp occurs <= 7 days before now], timestamp, [
      A: WHAT(type = "a"), X: EXCLUDE WHAT(type = "x"),
      B: WHAT(type = "b" and c = "y") WHEN(< 2 days before now) AFTER(A, <= 2 hours),
      Y: EXCLUDE WHAT(type = "y")])`;
    expect(cellsOf(rule)).toEqual([
      {
        steps: [
          { query: 'a', window: WEEK, withinMs: null, exclude: null },
          { query: 'b, c in y', window: { is: 'span', ms: 2 * DAY }, withinMs: 7_200_001, exclude: 'x' },
        ],
        exclude: 'y',
      },
    ]);
  });

  test.each([
    'B: WHAT(type = "b" and c = A.c)',
    'B: WHAT(type = "b") WHEN(> 2 days before now)',
    'B: WHAT(type = "b") AFTER(A, <= 1 month)',
    'B: WHAT(type = "b") AFTER(A, > 1 hour)',
    'B: WHAT(type = "b") COUNT(2)',
    'B: WHAT(type = "b" and p > ^.age)',
    'X: EXCLUDE WHAT(type = "b" and p > ^.age)',
    'B: WHAT(type = "b"), C: WHAT(type = "a") AFTER(A, < 1 hour)',
  ])('general code, reading only the types that take part: %s', (step) => {
    const { program } = compileRules({ it: `chain(xEvent, timestamp, [A: WHAT(type = "a"), ${step}])` });
    expect(shownCells(program)).toEqual([{ truth: 'chain' }]);
    expect(program.log.types).toEqual(['a', 'b']);
  });
});

describe('general conditions', () => {
  test.each([
    ['xEvent.average(p) > 2', 'compare'],
    ['xEvent[p > ^.age]', 'filter'],
    ['exists E from xEvent where E.timestamp occurs today', 'exists'],
    ['forall E from xEvent where E.type = "a"', 'forall'],
    ['xEvent.sum(p) = 2', 'compare'],
    ['born occurs <= 3 days before now', 'occurs'],
    ['born = "2020-01-01"', 'compare'],
    ['tags', 'attribute'],
    ['tags includes "x"', 'call'],
    ['score("m") > 0.5', 'compare'],
    ['xEvent[timestamp occurs <= 0 days before now]', 'filter'],
    ['xEvent[timestamp occurs <= 1 month before now and timestamp occurs <= 30 days before now]', 'filter'],
  ])('%s', (rule, op) => expect(cellsOf(rule)).toEqual([{ truth: op }]));

  test('a filter keeps what is not static, and gives the rest to the query', () => {
    const { program } = compileRules({
      it: 'xEvent[type = "a" and c != ^.country and timestamp occurs < 1 day before now]',
    });
    expect(program.queries).toMatchObject([{ types: ['a'], where: [] }]);
    const code = { op: 'filter', of: { op: 'rows', window: { ms: DAY } }, where: { op: 'compare' } };
    expect(program.cells).toMatchObject([{ code }]);
  });

  test('what several rules state, or what would be computed for each element, is computed once', () => {
    const { program } = compileRules({
      a: 'xEvent.average(p) > 2 and age > 3',
      b: 'xEvent.average(p) < age',
      c: 'xEvent[p > ^.xEvent.max(p) - 1]',
    });
    const kinds = program.cells.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'value')).toHaveLength(2);
    expect(JSON.stringify(program.cells).match(/"op":"average"/g)).toHaveLength(1);
  });
});

describe('attributes', () => {
  const groupsOf = (rule: string, isDeclared = true): readonly PredicateGroup[] => {
    const { program } = compileRules({ it: rule }, isDeclared ? {} : { attributes: null });
    expect(program.cells).toEqual([]);
    return program.predicates;
  };
  test.each([
    ['country = "de"', { is: '=', value: 'de' }],
    ['country != "de"', { is: '=', value: 'de' }],
    ['"de" = country', { is: '=', value: 'de' }],
    ['country.equals("DE", false)', { is: 'equalsFolded', value: 'de' }],
    ['country notIn ["fr", "de"]', { is: 'in', values: ['de', 'fr'] }],
    ['["fr", "de"] includes country', { is: 'in', values: ['de', 'fr'] }],
    ['country in ["de"]', { is: '=', value: 'de' }],
    ['country.doesNotStartWith("D", false)', { is: 'startsWith', value: 'd', fold: true }],
    ['country.endsWith("e")', { is: 'endsWith', value: 'e', fold: false }],
    ['country.contains("e")', { is: 'contains', value: 'e', fold: false }],
    ['country like "d_"', { is: 'like', value: 'd_' }],
    ['country >= "b"', { is: '>=', value: 'b' }],
    ['age < 5', { is: '>=', value: 5 }],
    ['age <= 5', { is: '>', value: 5 }],
    ['5 < age', { is: '>', value: 5 }],
    ['vip', { is: '=', value: true }],
    ['vip = false', { is: '=', value: false }],
    ['isNotNull(tags)', { is: 'isNull' }],
    ['isNull(born)', { is: 'isNull' }],
  ])('%s', (rule, predicate) => {
    expect(groupsOf(rule)).toMatchObject([{ predicates: [predicate], words: 1, word: 0 }]);
  });

  test('a pattern is carried compiled', () => {
    expect(groupsOf('country matches "^d"')[0]?.predicates[0]).toMatchObject({ is: 'matches', automaton: {} });
  });

  test('values of two types are two groups, so that another type stays unknown', () => {
    expect(groupsOf('x in ["a", 1, "b"]', false)).toMatchObject([
      { type: 'string', word: 0, predicates: [{ is: 'in', values: ['a', 'b'] }] },
      { type: 'number', word: 2, predicates: [{ is: '=', value: 1 }] },
    ]);
  });

  test('predicates of a group stand in the order that the engine wants', () => {
    const rule = 'age > 9 or age >= 7 or age in [3, 1] or age = 4 or age > -2 or age >= 1.5 or age = 2';
    expect(groupsOf(rule)[0]?.predicates).toEqual([
      { is: '=', value: 2 },
      { is: '=', value: 4 },
      { is: 'in', values: [1, 3] },
      { is: '>=', value: 1.5 },
      { is: '>=', value: 7 },
      { is: '>', value: -2 },
      { is: '>', value: 9 },
    ]);
  });

  test('an attribute that may be a measure, and a bare name of unknown type, are general', () => {
    const more = { attributes: null, measures: [{ id: 'm', expression: '1', purpose: 'necessary' as const }] };
    const { program } = compileRules({ a: 'm = 1', b: 'x' }, more);
    expect(program.predicates).toEqual([]);
    expect(program.cells[1]).toMatchObject({ code: { left: { op: 'attribute', attribute: 0, otherwise: 0 } } });
  });
});
