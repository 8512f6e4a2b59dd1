import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { purposeBit } from '../../../core/policy/purposes.ts';
import { compileExplanation } from '../../../core/segment/explain/compile-explanation.ts';
import { plainValue, shownItems } from '../../../core/segment/explain/plain-value.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import {
  EventRow,
  InstantValue,
  MovingMap,
  MovingNumber,
  SpanValue,
  type Value,
} from '../../../core/segment/runtime/value.ts';
import { DAY, explain, NOW, outline, problemsOf, rule } from './explain-support.ts';

const log = createLog({ types: null, columns: [] });
for (let i = 0; i < 9; i++) {
  insertEvent(log, {
    ...{ id: `e${i}`, source: 'web', type: 't', at: NOW + i, strand: 0, purposes: 1, data: {}, context: {} },
  });
}
const shown = (value: unknown) => plainValue(value as Value, log, NOW);
const iso = (ms: number) => new Date(ms).toISOString();
const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);

describe('a value for people', () => {
  const rows = Array.from({ length: 9 }, (_, row) => new EventRow(row));
  const moving = new MovingNumber(
    (at) => at - NOW + 1,
    () => (ms) => ms,
  );
  test.each<readonly [what: string, value: unknown, expected: unknown]>([
    ['nothing', null, null],
    ['true', true, true],
    ['false', false, false],
    ['a number', -1.5, -1.5],
    ['no number', Number.NaN, null],
    ['too large a number', Number.POSITIVE_INFINITY, null],
    ['text', 'x'.repeat(500), 'x'.repeat(500)],
    ['long text', 'x'.repeat(501), `${'x'.repeat(500)}…`],
    ['no text', '', ''],
    ['an instant', new InstantValue(NOW), iso(NOW)],
    ['an instant that no date can show', new InstantValue(9e15), 9e15],
    ['a unit', new SpanValue(0, DAY), { from: iso(0), until: iso(DAY) }],
    ['an event', rows[3], 'e3'],
    ['a moving number', moving, 1],
    [
      'a moving map',
      new MovingMap(
        new Map<string, Value>([
          ['a', moving],
          ['b', 2],
        ]),
      ),
      { a: 1, b: 2 },
    ],
    ['a map', { a: 1, b: [true, null], c: { d: 'x' } }, { a: 1, b: [true, null], c: { d: 'x' } }],
    ['an empty list', [], []],
    ['a list', [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]],
    ['a long list', [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]],
    ['events, the newest first', rows.slice(0, 3), ['e2', 'e1', 'e0']],
    ['many events', rows, ['e8', 'e7', 'e6', 'e5', 'e4']],
    ['what is deep', nested(8), nested(8)],
    ['what is too deep', nested(9), JSON.parse(JSON.stringify(nested(9)).replace('"x"', 'null'))],
  ])('%s', (_, value, expected) => expect(shown(value)).toEqual(expected));

  test('shows twenty entries of a map, moving or not', () => {
    const entries = Array.from({ length: 30 }, (_, i): [string, number] => [`k${i}`, i]);
    const expected = Object.fromEntries(entries.slice(0, 20));
    expect(shown(Object.fromEntries(entries))).toEqual(expected);
    expect(shown(new MovingMap(new Map(entries)))).toEqual(expected);
    expect(shown({ a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } })).toEqual({
      a: { b: { c: { d: { e: { f: { g: { h: { i: null } } } } } } } },
    });
    expect(shownItems([3, 2, 1])).toEqual([3, 2, 1]);
  });
});

const viewed = (id: string, ago: number, data = {}) => ({ id, type: 'product.viewed', ago, data });

describe('a node', () => {
  test('of a condition has a truth and a next change, of a value neither', () => {
    const { tree } = explain({
      rule: 'xEvent[type = "product.viewed" and timestamp occurs < 1 day before now].count() > 0',
      events: [viewed('v', 1000), viewed('old', 2 * DAY)],
    });
    const [count] = tree.children;
    const [list] = count?.children ?? [];
    expect(tree).toEqual({
      kind: 'condition',
      sentence: expect.stringMatching(/^[A-Z].*\.$/),
      text: 'xEvent[type = "product.viewed" and timestamp occurs < 1 day before now].count() > 0',
      truth: true,
      nextChange: iso(NOW - 1000 + DAY),
      evidence: { events: [{ id: 'v', type: 'product.viewed', at: iso(NOW - 1000) }], attributes: [] },
      children: [count],
    });
    expect(count).toEqual({
      kind: 'value',
      sentence: expect.any(String),
      text: expect.any(String),
      value: 1,
      evidence: expect.anything(),
      children: [list],
    });
    expect(list).toMatchObject({ value: ['v'], count: 1, children: [] });
    expect(list).not.toHaveProperty('truth');
    expect(list).not.toHaveProperty('cut');
    expect(list?.evidence.events.map(({ id }) => id)).toEqual(['v']);
  });

  test('that is unknown says so, and when that ends', () => {
    const { tree, outcome } = explain({ rule: 'gone = 1 or now occurs after date(2026, 11, 22)' });
    expect(outline(tree)).toEqual([
      'unknown: gone = 1 or now occurs after date(2026, 11, 22)',
      '  unknown: gone = 1',
      '    null: gone',
      '  false: now occurs after date(2026, 11, 22)',
    ]);
    expect([tree.nextChange, tree.children[0]?.nextChange]).toEqual(['2026-11-23T00:00:00.000Z', null]);
    expect(outcome).toMatchObject({ at: NOW, wasMember: false, flippedAt: null });
    expect(outcome.nextFlip).toBe(Date.parse('2026-11-23T00:00:00Z'));
  });

  test('becomes unknown, too: that is a change, but no flip of who is no member', () => {
    // False, until the value that is compared is no more.
    const given = {
      rule: 'xEvent[timestamp occurs < 1 day before now].average(price) > 5',
      events: [viewed('v', 1000, { price: 3 })],
    };
    const { tree, outcome } = explain(given);
    expect(tree).toMatchObject({ truth: false, nextChange: iso(NOW - 1000 + DAY) });
    expect(outcome.nextFlip).toBeNull();
    const member = explain({ ...given, events: [viewed('v', 1000, { price: 9 })] });
    expect(member.outcome).toMatchObject({ wasMember: true, nextFlip: NOW - 1000 + DAY });
  });

  test('shows the events of a list, also where nobody is a member for them', () => {
    const { tree } = explain({
      rule: 'xEvent[price > 5].count() > 9 and inSegment("s")',
      segments: { s: 'country = "de" and xEvent[price < 5]' },
      profile: { country: 'fr' },
      events: [viewed('a', 3, { price: 6 }), viewed('b', 2, { price: 7 }), viewed('c', 1, { price: 1 })],
    });
    const [compared, segment] = tree.children;
    expect(compared?.children[0]?.children[0]).toMatchObject({ value: ['b', 'a'], count: 2 });
    expect(segment).toMatchObject({ truth: false, evidence: { attributes: ['country'] } });
    expect(segment?.children[0]).toMatchObject({ of: { kind: 'segment', id: 's' }, truth: false });
  });
});

describe('looking back and ahead', () => {
  const window = (days: number) => `xEvent[timestamp occurs < ${days} days before now].count() >= 1`;
  const events = [viewed('v', 0)];
  test('up to and with the horizon', () => {
    const at = (horizonMs: number) => explain({ rule: window(2), events, horizonMs }).outcome;
    expect(at(2 * DAY)).toMatchObject({ nextFlip: NOW + 2 * DAY });
    expect(at(2 * DAY - 1)).toMatchObject({ nextFlip: null, lookedUntil: NOW + 2 * DAY - 1 });
  });

  test('ends when all conditions have changed: nothing is said of later', () => {
    const { outcome } = explain({ rule: `${window(2)} and ${window(4)}`, events, horizonMs: 400 * DAY });
    expect(outcome.nodes.map(({ nextChange }) => nextChange)).toEqual([
      NOW + 2 * DAY,
      NOW + 2 * DAY,
      NOW + 4 * DAY,
      null,
      null,
      null,
      null,
    ]);
    expect(outcome.nextFlip).toBe(NOW + 2 * DAY);
    expect(outcome.lookedUntil).toBe(NOW + 400 * DAY);
  });

  test('to the last flip since it was looked at, not the first', () => {
    // In on the third day after the event, out on the fifth.
    const given = {
      rule: 'xEvent.exists(timestamp occurs >= 3 days before now and timestamp occurs < 5 days before now)',
      events: [viewed('v', 10 * DAY)],
    };
    const since = (days: number) => explain({ ...given, from: NOW - days * DAY }).outcome;
    expect(since(9)).toMatchObject({ wasMember: false, flippedAt: NOW - 5 * DAY });
    expect(since(6)).toMatchObject({ wasMember: true, flippedAt: NOW - 5 * DAY });
    expect(since(5)).toMatchObject({ wasMember: false, flippedAt: null });
    // Parts flip after the whole has.
    const two = { rule: `${window(2)} and ${window(4)}`, events: [viewed('v', 10 * DAY)], from: NOW - 9 * DAY };
    expect(explain(two).outcome).toMatchObject({ wasMember: true, flippedAt: NOW - 8 * DAY });
    // What is asked for later than now is now.
    expect(since(-1)).toMatchObject({ wasMember: false, flippedAt: null, at: NOW });
  });
});

describe('a plan', () => {
  const input = {
    book: { segments: new Map(), measures: new Map() },
    attributes: null,
    models: null,
    timeZone: 'UTC',
    now: NOW as Instant,
  };
  test('asks each condition for true and false, each value for whether it is known', () => {
    const compiled = compileExplanation({ ...input, rule: rule('a = 1') });
    if (!compiled.ok) throw new Error('refused');
    const { program, nodes } = compiled.value.plan;
    const idOf = (position: number) => program.segments[position]?.id;
    expect(nodes.map(({ isCondition, whenTrue, whenFalse }) => [isCondition, idOf(whenTrue), idOf(whenFalse)])).toEqual(
      [
        [true, 'explain:0', 'explain:0:not'],
        [false, 'explain:1', undefined],
      ],
    );
    expect(nodes.map(({ value }) => value >= 0)).toEqual([true, true]);
    expect(program.segments).toHaveLength(3);
  });

  test('shows two hundred nodes', () => {
    const many = `(${Array.from({ length: 250 }, (_, i) => `a${i}`).join(' or ')})`;
    const compiled = compileExplanation({ ...input, rule: rule(many) });
    expect(compiled.ok && compiled.value.nodes.length).toBe(200);
  });

  test('sees a part through all purposes on the way, also three', () => {
    const bit = (...purposes: Parameters<typeof purposeBit>[0][]) =>
      purposes.reduce((mask, purpose) => mask | purposeBit(purpose), 1);
    const all = bit('analytics', 'advertising', 'sharing', 'personalization');
    const { tree } = explain({
      rule: rule('inSegment("s") and xEvent.count() = 5', 'personalization'),
      segments: { s: rule('m > 0', 'analytics') },
      measures: { m: rule('n + 0', 'advertising'), n: rule('xEvent.count()', 'sharing') },
      events: [
        { ...viewed('a', 1), purposes: all },
        { ...viewed('b', 2), purposes: all & ~bit('sharing') },
        { ...viewed('c', 3), purposes: all & ~bit('advertising') },
        { ...viewed('d', 4), purposes: all & ~bit('analytics') },
        { ...viewed('e', 5), purposes: bit('personalization') },
      ],
    });
    expect(outline(tree)).toEqual([
      'true: inSegment("s") and xEvent.count() = 5',
      '  true: inSegment("s")',
      '    true: m > 0',
      '      1: m',
      '        1: n + 0',
      '          1: n',
      '            1: xEvent.count()',
      '  true: xEvent.count() = 5',
      '    5: xEvent.count()',
    ]);
  });

  test('brings along what is named at second hand, and tells its problems as theirs', () => {
    const names = problemsOf({
      rule: 'inSegment("a") and m > 1',
      segments: { a: 'inSegment("b")', b: 'inSegment("c") and k > 1', unused: 'inSegment("gone")' },
      measures: { m: 'n + 1', n: '1', k: 'xEvent.count()' },
    });
    expect(names.map(({ owner }) => owner?.name)).toEqual(['b']);
    const fine = explain({
      rule: 'inSegment("a") and inSegment("a") and x.m = 1',
      segments: { a: 'inSegment("b") or m = 4', b: 'n = 2', c: 'true' },
      measures: { m: 'n + 1', n: '3' },
      profile: { x: { m: 1 } },
    });
    expect(fine.tree.truth).toBe(true);
  });

  test('leaves out a part that is too deep once it stands alone, under several purposes, too', () => {
    let what = 'p = 1';
    for (let i = 0; i < 29; i++) what = `not (${what})`;
    const given = {
      rule: rule('inSegment("s") and age = 1', 'personalization'),
      segments: { s: rule(`chain(xEvent, timestamp, [A: WHAT(${what}) WHEN(<= 7 days before now)])`, 'analytics') },
      attributes: new Map([['age', { type: 'number' as const, labels: [] }]]),
      profile: { age: 1 },
      events: [viewed('v', 1, { p: 2 })],
    };
    expect(problemsOf(given)).toEqual([]);
    const { tree } = explain(given);
    expect(tree).toMatchObject({ truth: true, children: [{ truth: true }, { truth: true }] });
    expect(tree.children[0]?.children[0]).toMatchObject({ of: { kind: 'segment', id: 's' }, truth: true });
    expect(tree.children[0]?.children[0]?.children[0]).toMatchObject({
      ...{ label: 'A', value: null, evidence: { events: [], attributes: [] } },
    });
  });

  test('of a rule at the limit of depth asks what can be asked', () => {
    let deep = 'a = 1';
    for (let i = 0; i < 30; i++) deep = `not (${deep})`;
    const given = { rule: deep, profile: { a: 1 } };
    expect(problemsOf(given)).toEqual([]);
    const lines = outline(explain(given).tree);
    expect(lines[0]).toMatch(/^true: not/);
    expect(lines.at(-1)?.trim()).toBe('1: a');
  });
});
