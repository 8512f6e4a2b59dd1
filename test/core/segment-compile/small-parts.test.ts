import { describe, expect, test } from 'vitest';
import { clusterSegments } from '../../../core/segment/compile/cluster-segments.ts';
import { compactSlots, isClosed, rewriteCode, slotsOf, visitCode } from '../../../core/segment/compile/code-walk.ts';
import { bothWindows, windowOf } from '../../../core/segment/compile/event-window.ts';
import {
  codeOf,
  constant,
  type Formula,
  join,
  type Leaf,
  literal,
  negate,
  visitLiterals,
} from '../../../core/segment/compile/formula.ts';
import { filterCode, narrowRows } from '../../../core/segment/compile/narrow-rows.ts';
import { bothTypes, literalsOf, splitCondition } from '../../../core/segment/compile/split-condition.ts';
import { Tables } from '../../../core/segment/compile/tables.ts';
import type { Code, MomentCode } from '../../../core/segment/runtime/code.ts';
import { EVENT_FIELD } from '../../../core/segment/runtime/program.ts';

const DAY = 86_400_000;
const cell = (position: number, when = true) => literal({ kind: 'cell', cell: position }, when);
const member = (segment: number, when = true) => literal({ kind: 'segment', segment }, when);
const keys = (formula: Formula) => ('of' in formula ? formula.of.map(({ key }) => key) : formula.key);

describe('segments of a run', () => {
  const free = Array.from({ length: 6 }, (_, i) => cell(i));
  test('stand by their access, then in their order', () => {
    expect(clusterSegments([~0, ~1, ~2, ~3], free, [7, 3, 7, 3])).toEqual([~1, ~3, ~0, ~2]);
  });

  test('stay after what they read, however deep', () => {
    const formulas = [cell(0), member(0), join('and', [member(1), cell(1)]), cell(2)];
    expect(clusterSegments([~0, ~1, ~2, ~3], formulas, [9, 1, 0, 10])).toEqual([~0, ~3, ~1, ~2]);
  });

  test('stay after the deepest of all that they read', () => {
    const formulas = [cell(0), member(0), join('or', [member(1), member(0, false)]), cell(2)];
    expect(clusterSegments([~0, ~1, ~2], formulas, [3, 2, 1])).toEqual([~0, ~1, ~2]);
  });

  test('of an earlier run are no reason to wait', () => {
    const formulas = [cell(0), member(0), cell(1)];
    expect(clusterSegments([~0, 5, ~1, ~2], formulas, [0, 1, 2])).toEqual([~0, 5, ~1, ~2]);
    expect(clusterSegments([~0, 5, ~1, ~2], formulas, [0, 2, 1])).toEqual([~0, 5, ~2, ~1]);
  });

  test('cells keep their places, at either end and in a row', () => {
    expect(clusterSegments([2, ~1, ~0, 0, 1], free, [1, 2])).toEqual([2, ~0, ~1, 0, 1]);
    expect(clusterSegments([], free, [])).toEqual([]);
  });
});

describe('a formula', () => {
  const [a, b, c] = [cell(1), cell(2), cell(3)];
  test('is flat, with each part once, in an order that is not the author’s', () => {
    const nested = join('and', [c, join('and', [b, a]), a]);
    expect(keys(nested)).toEqual([a.key, b.key, c.key]);
    expect(nested).toEqual(join('and', [a, b, c]));
    expect(keys(join('and', [a, join('or', [b, c])]))).toHaveLength(2);
  });

  test.each(['and', 'or'] as const)('%s of constants', (is) => {
    const neutral = constant(is === 'and');
    const absorbing = constant(is !== 'and');
    expect(join(is, [])).toEqual(neutral);
    expect(join(is, [neutral, a])).toBe(a);
    expect(join(is, [a, absorbing, b])).toEqual(absorbing);
    expect(join(is, [a])).toBe(a);
    expect(join(is, [a, a])).toBe(a);
  });

  test('and its opposite', () => {
    const formula = join('and', [a, join('or', [negate(b), member(4)])]);
    const opposite = join('or', [cell(1, false), join('and', [b, member(4, false)])]);
    expect(negate(formula)).toEqual(opposite);
    expect(negate(negate(formula))).toEqual(formula);
    expect(negate(constant(true))).toEqual(constant(false));
    expect(join('or', [a, b]).key).not.toBe(join('and', [a, b]).key);
    expect(negate(a).key).not.toBe(a.key);
  });

  test('shows all its literals, and says itself as code', () => {
    const code: Code = { op: 'attribute', attribute: 3, otherwise: -1 };
    const predicate: Leaf = {
      kind: 'predicate',
      attribute: 3,
      type: 'boolean',
      predicate: { is: '=', value: true },
      code,
    };
    const formula = join('or', [negate(literal(predicate)), member(2), join('and', [a, constant(true)])]);
    const seen: string[] = [];
    visitLiterals(formula, (leaf, { when }) => seen.push(`${leaf.kind} ${when}`));
    expect(seen.sort()).toEqual(['cell true', 'predicate false', 'segment true']);
    expect(codeOf(constant(false))).toEqual({ op: 'literal', value: false });
    expect(codeOf(join('or', [negate(literal(predicate)), a]))).toEqual({
      op: 'or',
      of: [
        { op: 'cell', cell: 1 },
        { op: 'not', of: code },
      ],
    });
    expect(codeOf(member(2))).toEqual({ op: 'member', segment: 2 });
    visitLiterals(constant(true), () => expect.unreachable());
  });
});

describe('windows', () => {
  const moment = (part: object) =>
    ({ is: '<=', amount: 2, unit: 'day', side: 'before', time: { op: 'now' }, ...part }) as MomentCode;
  test.each([
    [{}, { is: 'span', ms: 2 * DAY + 1 }],
    [{ is: '<' }, { is: 'span', ms: 2 * DAY }],
    [
      { is: '<', amount: 1, unit: 'millisecond' },
      { is: 'span', ms: 1 },
    ],
    [{ unit: 'month' }, { is: 'months', months: 2, closed: true }],
    [
      { unit: 'year', is: '<' },
      { is: 'months', months: 24, closed: false },
    ],
    [{ amount: 0 }, null],
    [{ is: '=' }, null],
    [{ is: '>=' }, null],
    [{ is: '>' }, null],
    [{ side: 'after' }, null],
    [{ time: { op: 'calendar', unit: 'day', shift: 0 } }, null],
  ])('%j', (part, window) => expect(windowOf(moment(part))).toEqual(window));

  const span = (ms: number) => ({ is: 'span', ms }) as const;
  const months = (count: number, closed: boolean) => ({ is: 'months', months: count, closed }) as const;
  test.each([
    [null, null, null],
    [span(3), null, span(3)],
    [span(3), span(4), span(3)],
    [span(3), months(1, true), null],
    [months(1, true), months(2, false), months(1, true)],
    [months(1, true), months(1, false), months(1, false)],
    [months(1, true), months(1, true), months(1, true)],
  ])('%j and %j', (a, b, both) => {
    expect(bothWindows(a, b)).toEqual(both);
    expect(bothWindows(b, a)).toEqual(both);
  });
});

describe('a tree of code', () => {
  const slot = (of: number): Code => ({ op: 'slot', slot: of });
  const field = (of: Code, column = 0): Code => ({ op: 'field', of, steps: ['p'], column });
  const pattern = { instructions: [{ op: 'jump', to: 3 }], groups: 0 } as never;
  const matches: Code = { op: 'call', function: 'matches', args: [slot(0), { op: 'now' }], slot: -1, pattern };

  test('shows its nodes, parents first, and nothing of a pattern', () => {
    const seen: string[] = [];
    visitCode({ op: 'and', of: [matches, { op: 'not', of: field(slot(1)) }] }, ({ op }) => seen.push(op));
    expect(seen).toEqual(['and', 'call', 'slot', 'now', 'not', 'field', 'slot']);
  });

  test('stays the same object where nothing is replaced, and shares what is not', () => {
    const tree: Code = { op: 'and', of: [matches, { op: 'not', of: field(slot(1)) }] };
    expect(rewriteCode(tree, () => null)).toBe(tree);
    const changed = rewriteCode(tree, (node) => (node.op === 'field' ? { op: 'cell', cell: 4 } : null));
    expect(changed).toEqual({ op: 'and', of: [matches, { op: 'not', of: { op: 'cell', cell: 4 } }] });
    expect((changed as { of: readonly Code[] }).of[0]).toBe(matches);
    expect(tree.of[1]).toEqual({ op: 'not', of: field(slot(1)) });
    // What stands in the place of a node is not looked into.
    expect(rewriteCode(slot(1), (node) => (node.op === 'slot' ? { op: 'not', of: node } : null))).toEqual({
      op: 'not',
      of: slot(1),
    });
    expect(rewriteCode(matches, (node) => ((node as { op: string }).op === 'jump' ? slot(0) : null))).toBe(matches);
  });

  const filter = (of: Code, at: number, where: Code): Code => ({ op: 'filter', of, slot: at, where });
  const rows: Code = { op: 'rows', query: 0, window: null };
  const chain: Code = {
    op: 'chain',
    of: rows,
    by: field(slot(2), EVENT_FIELD.at),
    slot: 2,
    steps: [{ label: 3, what: field(slot(2)), when: null, after: null, count: null }, { exclude: field(slot(3)) }],
  };

  test('knows the slots that it reads and those that it fills', () => {
    const { read, bound } = slotsOf(chain);
    expect([[...read].sort(), [...bound].sort()]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(slotsOf(matches).bound.size).toBe(0);
    expect([isClosed(chain), isClosed(slot(0)), isClosed(filter(rows, 1, field(slot(0)))), isClosed(rows)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('has slots without holes, a free one first', () => {
    expect(compactSlots(filter(rows, 3, field(slot(3))), null)).toEqual(filter(rows, 0, field(slot(0))));
    const dense = filter(rows, 0, filter(rows, 1, field(slot(0))));
    expect(compactSlots(dense, null)).toBe(dense);
    expect(compactSlots(filter(rows, 5, filter(rows, 9, field(slot(5)))), null)).toEqual(dense);
    expect(compactSlots(filter(field(slot(2)), 4, field(slot(2))), 2)).toEqual(
      filter(field(slot(0)), 1, field(slot(0))),
    );
    // Other numbers mean something else.
    const third: Code = { op: 'rows', query: 3, window: { is: 'span', ms: 3 } };
    expect(compactSlots(filter(third, 3, field(slot(3), 3)), null)).toEqual(filter(third, 0, field(slot(0), 3)));
    // The free one is given a number also where it is not read.
    expect(compactSlots(filter(rows, 4, field(slot(4))), 2)).toEqual(filter(rows, 1, field(slot(1))));
    expect(JSON.stringify(compactSlots(chain, null))).toBe(
      JSON.stringify(chain)
        .replaceAll('"slot":2', '"slot":0')
        .replaceAll(/"(slot|label)":3/g, '"$1":1'),
    );
    expect(compactSlots({ op: 'and', of: [matches, slot(7)] }, null)).toEqual({ op: 'and', of: [matches, slot(1)] });
  });
});

describe('a condition on an event', () => {
  const steps = {
    type: EVENT_FIELD.type,
    at: EVENT_FIELD.at,
    id: EVENT_FIELD.id,
    none: EVENT_FIELD.none,
    p: 0,
    c: 1,
  } as const;
  const of = (name: keyof typeof steps, slot = 0): Code => ({
    op: 'field',
    of: { op: 'slot', slot },
    steps: [name],
    column: steps[name],
  });
  const value = (text: string | number | boolean): Code => ({ op: 'literal', value: text });
  const compare = (left: Code, is: '=' | '!=' | '<' | '>', right: Code): Code => ({ op: 'compare', is, left, right });
  const call = (name: string, ...args: Code[]): Code => ({ op: 'call', function: name, args, slot: -1 });
  const list = (...items: Code[]): Code => ({ op: 'list', items });
  const within = (amount: number, unit: 'day' | 'month'): Code => ({
    op: 'occurs',
    of: of('at'),
    when: { is: '<', amount, unit, side: 'before', time: { op: 'now' } },
  });
  const and = (...parts: Code[]): Code => ({ op: 'and', of: parts });
  const or = (...parts: Code[]): Code => ({ op: 'or', of: parts });
  const nothing = { types: null, where: [], rest: [], window: null, dynamic: [] };

  const isA = compare(of('type'), '=', value('a'));
  const isB = compare(of('type'), '=', value('b'));
  const dynamic = compare(of('p'), '>', { op: 'attribute', attribute: 0, otherwise: -1 });
  const rest = compare(of('p'), '=', of('c'));
  test.each([
    ['a type', isA, { types: ['a'] }],
    ['two types', and(isA, isB), { types: [] }],
    ['a choice of types', or(isA, isB), { types: ['a', 'b'] }],
    ['a list of types', call('in', of('type'), list(value('a'), value(1), value('a'))), { types: ['a'] }],
    ['no string', compare(of('type'), '=', value(1)), { types: [] }],
    ['the order of types', compare(of('type'), '<', value('b')), { rest: [compare(of('type'), '<', value('b'))] }],
    ['an id', compare(value('x'), '=', of('id')), { where: [{ column: EVENT_FIELD.id, is: 'in', values: ['x'] }] }],
    ['a bound', compare(value(5), '<', of('p')), { where: [{ column: 0, is: '>', values: [5] }] }],
    ['no order of booleans', compare(of('p'), '<', value(true)), { rest: [compare(of('p'), '<', value(true))] }],
    ['not equal', compare(of('p'), '!=', value(1)), { rest: [compare(of('p'), '!=', value(1))] }],
    [
      'a list that includes',
      call('includes', list(value(1)), of('p')),
      { where: [{ column: 0, is: 'in', values: [1] }] },
    ],
    [
      'a list of more than literals',
      call('in', of('p'), list(value(1), of('c'))),
      { rest: [call('in', of('p'), list(value(1), of('c')))] },
    ],
    [
      'a choice of two fields',
      or(compare(of('p'), '=', value(1)), compare(of('c'), '=', value(1))),
      { rest: [or(compare(of('p'), '=', value(1)), compare(of('c'), '=', value(1)))] },
    ],
    [
      'a choice with a bound',
      or(compare(of('p'), '=', value(1)), compare(of('p'), '>', value(3))),
      { rest: [or(compare(of('p'), '=', value(1)), compare(of('p'), '>', value(3)))] },
    ],
    ['an instant', compare(of('at'), '=', value(1)), { rest: [compare(of('at'), '=', value(1))] }],
    ['what lies below text', compare(of('none'), '=', value(1)), { rest: [compare(of('none'), '=', value(1))] }],
    ['another element', compare(of('p', 1), '=', value(1)), { dynamic: [compare(of('p', 1), '=', value(1))] }],
    ['the profile', dynamic, { dynamic: [dynamic] }],
    ['fields with each other', rest, { rest: [rest] }],
    ['the clock', call('currentYear'), { dynamic: [call('currentYear')] }],
    ['an anniversary', call('anniversary', of('p')), { dynamic: [call('anniversary', of('p'))] }],
    ['a call of no clock', call('getYear', of('at')), { rest: [call('getYear', of('at'))] }],
    ['two windows', and(within(2, 'day'), within(1, 'day')), { window: { is: 'span', ms: DAY } }],
    [
      'windows that cannot be compared',
      and(within(2, 'day'), within(1, 'month')),
      { window: { is: 'span', ms: 2 * DAY }, dynamic: [within(1, 'month')] },
    ],
    [
      'some of all',
      and(isA, and(rest, dynamic), within(1, 'day')),
      { types: ['a'], rest: [rest], dynamic: [dynamic], window: { is: 'span', ms: DAY } },
    ],
  ] as const)('%s', (_, condition, parts) => {
    expect(splitCondition(condition, 0)).toEqual({ ...nothing, ...parts });
  });

  test('types in both, literals each once', () => {
    expect(bothTypes(['a', 'b'], ['b', 'c'])).toEqual(['b']);
    expect([bothTypes(null, ['b']), bothTypes(['a'], null), bothTypes(null, null)]).toEqual([['b'], ['a'], null]);
    expect(literalsOf([value('a'), value(1), value('a')])).toEqual(['a', 1]);
    expect([literalsOf([]), literalsOf([value('a'), of('p')])]).toEqual([[], null]);
  });

  test('narrows a list as far as it goes', () => {
    const tables = new Tables();
    const all: Code = {
      op: 'rows',
      query: tables.query({ purposes: 1, types: null, where: [], rest: null }),
      window: null,
    };
    const queryOf = (code: Code) => tables.queryAt((code as { query: number }).query);
    const narrowed = narrowRows(tables, all, 0, and(isA, within(1, 'day')));
    expect(narrowed.rest).toBeNull();
    expect(narrowed.list).toMatchObject({ op: 'rows', window: { is: 'span', ms: DAY } });
    expect(queryOf(narrowed.list)).toEqual({ purposes: 1, types: ['a'], where: [], rest: null });
    // A month inside of days: the list keeps its window, the condition is tried.
    const both = narrowRows(tables, narrowed.list, 0, and(within(1, 'month'), isA));
    expect(both).toEqual({ list: narrowed.list, rest: within(1, 'month') });
    const three = narrowRows(tables, narrowed.list, 0, and(within(1, 'month'), dynamic, rest));
    expect(three.rest).toEqual(and(within(1, 'month'), dynamic));
    expect(queryOf(three.list).rest).toEqual({ slot: 0, code: rest });
    // Tests of one list join those of another, each once, in one order.
    const p = compare(of('p'), '>', value(3));
    const c = call('in', of('c'), list(value('y'), value(2), value('x'), value(true), value(1)));
    const first = narrowRows(tables, narrowRows(tables, all, 0, p).list, 0, and(c, p)).list;
    expect(first).toEqual(narrowRows(tables, narrowRows(tables, all, 0, c).list, 0, p).list);
    expect(queryOf(first).where).toEqual([
      { column: 0, is: '>', values: [3] },
      { column: 1, is: 'in', values: [true, 1, 2, 'x', 'y'] },
    ]);
    // Other lists are filtered as they are; filters of one slot become one.
    const array: Code = { op: 'attribute', attribute: 1, otherwise: -1 };
    expect(narrowRows(tables, array, 0, isA)).toEqual({ list: array, rest: isA });
    const once = filterCode(tables, all, 0, dynamic);
    expect(once).toEqual({ op: 'filter', of: all, slot: 0, where: dynamic });
    const twice = filterCode(tables, once, 0, and(isA, dynamic));
    expect(twice).toMatchObject({ op: 'filter', of: { op: 'rows' }, where: and(dynamic, dynamic) });
    expect(filterCode(tables, once, 1, compare(of('p', 1), '>', array))).toMatchObject({ of: once, slot: 1 });
  });
});

describe('columns of events', () => {
  test.each([
    [['type'], EVENT_FIELD.type],
    [['eventType'], EVENT_FIELD.type],
    [['timestamp'], EVENT_FIELD.at],
    [['occurredAt'], EVENT_FIELD.at],
    [['_id'], EVENT_FIELD.id],
    [['source'], EVENT_FIELD.source],
    [['type', 'x'], EVENT_FIELD.none],
    [['toString'], 0],
    [['a', 'type'], 0],
  ])('%j', (steps, column) => expect(new Tables().column(steps)).toBe(column));

  test('are given once', () => {
    const tables = new Tables();
    expect([tables.column(['a']), tables.column(['a', 'b']), tables.column(['a.b']), tables.column(['a'])]).toEqual([
      0, 1, 2, 0,
    ]);
    expect(tables.columns.map(({ steps }) => steps)).toEqual([['a'], ['a', 'b'], ['a.b']]);
    expect(() => tables.queryAt(0)).toThrow('no query 0');
    expect(() => tables.cellAt(0)).toThrow('no cell 0');
  });
});
