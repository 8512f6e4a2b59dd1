import { describe, expect, it } from 'vitest';
import { type Purpose, purposeBit } from '../../../core/policy/purposes.ts';
import type { ExplainedNode } from '../../../core/segment/explain/explained-tree.ts';
import { DAY, explain, NOW, outline, problemsOf, rule } from './explain-support.ts';

const iso = (at: number) => new Date(at).toISOString();
const ids = (node: ExplainedNode | undefined) => node?.evidence.events.map(({ id }) => id);
const viewed = (id: string, ago: number, data = {}) => ({ id, type: 'product.viewed', ago, data });

describe('a tree with values', () => {
  it('says what is true, what is not, and what nobody knows', () => {
    const { tree } = explain({
      rule: 'age > 18 and (not member or country = "DE")',
      profile: { age: 30, member: true },
    });
    expect(outline(tree)).toEqual([
      'unknown: age > 18 and (not member or country = "DE")',
      '  true: age > 18',
      '    30: age',
      '  unknown: not member or country = "DE"',
      '    false: not member',
      '      true: member',
      '    unknown: country = "DE"',
      '      null: country',
    ]);
    expect(tree.sentence).toBe('Age is more than 18 and ((it is not true that member) or country is "DE").');
  });

  it('shows counts, sums and the events behind them, the newest first', () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((n) => viewed(`v${n}`, n * 1000, { price: n }));
    const { tree } = explain({ rule: 'xEvent[eventType = "product.viewed"].sum(price) > 20', events });
    const [sum] = tree.children;
    expect(tree.truth).toBe(true);
    expect(sum).toMatchObject({ kind: 'value', value: 28 });
    const [list] = sum?.children ?? [];
    expect(list).toMatchObject({ value: ['v1', 'v2', 'v3', 'v4', 'v5'], count: 7 });
    expect(list?.evidence.events[0]).toEqual({ id: 'v1', type: 'product.viewed', at: iso(NOW - 1000) });
  });

  it('goes through measures and segments, and says whose rule a part is', () => {
    const { tree } = explain({
      rule: 'inSegment("loyal") and favourite != "men"',
      segments: { loyal: 'tier in ["gold", "silver"]' },
      measures: { favourite: 'xEvent[eventType = "order.placed"].favourite(category)' },
      profile: { tier: 'gold' },
      events: [{ id: 'o1', type: 'order.placed', ago: 5, data: { category: 'women' } }],
    });
    expect(outline(tree)).toEqual([
      'true: inSegment("loyal") and favourite != "men"',
      '  true: inSegment("loyal")',
      '    true: tier in ["gold", "silver"]',
      '      "gold": tier',
      '  true: favourite != "men"',
      '    "women": favourite',
      '      "women": xEvent[eventType = "order.placed"].favourite(category)',
      '        ["o1"]: xEvent[eventType = "order.placed"]',
    ]);
    expect(tree.children[0]?.children[0]?.of).toEqual({ kind: 'segment', id: 'loyal' });
    expect(tree.children[1]?.children[0]?.children[0]?.of).toEqual({ kind: 'measure', id: 'favourite' });
    expect(tree.children[0]?.evidence.attributes).toEqual(['tier']);
  });

  it('shows for each step of a sequence what fits it, and the events that were chosen', () => {
    const { tree } = explain({
      rule: `chain(xEvent, timestamp, [
        cart: WHAT(eventType = "cart.added") WHEN(<= 7 days before now),
        bought: EXCLUDE WHAT(eventType = "order.placed"),
        left: WHAT(eventType = "page.viewed"),
        same: WHAT(eventType = "product.viewed" and sku = cart.sku)])`,
      events: [
        { id: 'old', type: 'cart.added', ago: 8 * DAY, data: { sku: 1 } },
        { id: 'c1', type: 'cart.added', ago: 5000, data: { sku: 2 } },
        { id: 'p1', type: 'page.viewed', ago: 4000 },
        viewed('v1', 3000, { sku: 2 }),
      ],
    });
    expect(tree.truth).toBe(true);
    expect(tree.children.map(({ label, value }) => [label, value])).toEqual([
      ['cart', ['c1']],
      ['bought', []],
      ['left', ['p1']],
    ]);
    expect(ids(tree)).toContain('c1');
    expect(tree.nextChange).toBe(iso(NOW - 5000 + 7 * DAY + 1));
  });

  it('shows what elements are compared with', () => {
    const { tree } = explain({
      rule: `xEvent[category != ^.preferred and price < ^.limit * 2].count() >= 1 and (forall E from xEvent where E.size = usual)
        and xEvent.sum(if(category = ^.preferred, 1, 0)) = 1`,
      measures: { preferred: 'xEvent[eventType = "order.placed"].favourite(category)' },
      profile: { limit: 10, usual: 'S' },
      events: [
        { id: 'o', type: 'order.placed', ago: 5000, data: { category: 'women', price: 90, size: 'S' } },
        viewed('v', 100, { category: 'men', price: 9, size: 'L' }),
      ],
    });
    expect(outline(tree).slice(1)).toEqual([
      '  true: xEvent[category != ^.preferred and price < ^.limit * 2].count() >= 1',
      '    1: xEvent[category != ^.preferred and price < ^.limit * 2].count()',
      '      ["v"]: xEvent[category != ^.preferred and price < ^.limit * 2]',
      '        10: limit',
      '        "women": preferred',
      '          "women": xEvent[eventType = "order.placed"].favourite(category)',
      '            ["o"]: xEvent[eventType = "order.placed"]',
      '  false: forall E from xEvent where (E.size = usual)',
      '    "S": usual',
      '  true: xEvent.sum(if(category = ^.preferred, 1, 0)) = 1',
      '    1: xEvent.sum(if(category = ^.preferred, 1, 0))',
      '      "women": preferred',
      '        "women": xEvent[eventType = "order.placed"].favourite(category)',
      '          ["o"]: xEvent[eventType = "order.placed"]',
    ]);
  });

  it('keeps the names that let gives', () => {
    const { tree } = explain({
      rule: 'let n = (xEvent.count()) in (n > 1 and n < 5)',
      events: [viewed('a', 1), viewed('b', 2)],
    });
    expect(outline(tree)).toEqual([
      'true: let n = (xEvent.count()) in (n > 1 and n < 5)',
      '  2: n: xEvent.count()',
      '  true: n > 1',
      '    2: n',
      '  true: n < 5',
      '    2: n',
    ]);
  });

  it('shows the elements that quantifiers found', () => {
    const { tree } = explain({
      rule: 'exists E from xEvent where E.price > 10',
      events: [viewed('a', 1, { price: 11 }), viewed('b', 2, { price: 3 })],
    });
    expect(tree.children[0]).toMatchObject({ value: ['a'], count: 1 });
  });

  it('shows instants, calendar units and maps as people read them', () => {
    const { tree } = explain({
      rule: 'lastSeen occurs before now and interest.get("a") > 0.4 and born.anniversary()',
      measures: {
        lastSeen: 'xEvent.last(timestamp)',
        interest: 'xEvent.decayed(category, 1 day)',
      },
      profile: { born: '1990-11-22' },
      events: [viewed('v', DAY, { category: 'a' })],
    });
    expect(tree.truth).toBe(true);
    expect(tree.children[0]?.children[0]).toMatchObject({ text: 'lastSeen', value: iso(NOW - DAY) });
    expect(tree.children[1]?.children[0]?.children[0]).toMatchObject({ text: 'interest', value: { a: 0.5 } });
  });
});

describe('time', () => {
  it('tells for each condition when it becomes another, to the millisecond', () => {
    const { tree, outcome } = explain({
      rule: 'xEvent[timestamp occurs <= 7 days before now].count() >= 1 and xEvent[timestamp occurs < 30 days before now] and born.anniversary()',
      profile: { born: '2000-11-24' },
      events: [viewed('v', 1000)],
    });
    expect(tree.truth).toBe(false);
    expect(tree.children.map(({ nextChange }) => nextChange)).toEqual([
      iso(NOW - 1000 + 7 * DAY + 1),
      iso(NOW - 1000 + 30 * DAY),
      '2026-11-24T00:00:00.000Z',
    ]);
    expect(tree.nextChange).toBe('2026-11-24T00:00:00.000Z');
    expect(outcome.lookedUntil).toBeGreaterThan(NOW + 29 * DAY);
  });

  it('knows of none where there is none up to the horizon', () => {
    const { tree, outcome } = explain({ rule: 'xEvent[eventType = "a"]', horizonMs: 10 * DAY });
    expect(tree.nextChange).toBeNull();
    expect(outcome.lookedUntil).toBe(NOW + 10 * DAY);
  });

  it('counts days in the time zone of the ruleset', () => {
    const given = { rule: 'xEvent[timestamp occurs today]', events: [viewed('v', 1000)] };
    expect(explain({ ...given, timeZone: 'Europe/Berlin' }).tree.nextChange).toBe('2026-11-22T23:00:00.000Z');
  });

  it('knows when time alone has made the difference since it was last looked at', () => {
    const given = {
      rule: 'xEvent[timestamp occurs < 2 days before now].count() >= 1',
      events: [viewed('v', 5 * DAY)],
    };
    expect(explain({ ...given, from: NOW - 4 * DAY }).outcome).toMatchObject({
      flippedAt: NOW - 3 * DAY,
      nextFlip: null,
    });
    expect(explain(given).outcome.flippedAt).toBeNull();
  });

  it('looks a bounded number of steps ahead and says how far it saw', () => {
    const { outcome, tree } = explain({
      rule: 'currentYear() = 3000 and now occurs this millisecond and xEvent.decayed(1 second) * 2 - xEvent.decayed(1 second) * 2 > 5',
      events: [viewed('v', 1)],
      horizonMs: 5000 * 366 * DAY,
    });
    expect(tree.nextChange).toBeNull();
    expect(outcome.lookedUntil).toBeGreaterThan(NOW);
  });
});

describe('purposes', () => {
  const bit = (...purposes: Purpose[]) => purposes.reduce((mask, purpose) => mask | purposeBit(purpose), 1);
  const given = {
    rule: rule('count > 0', 'analytics'),
    measures: { count: rule('xEvent[eventType = "product.viewed"].count()', 'advertising') },
    events: [
      { ...viewed('both', 1), purposes: bit('analytics', 'advertising') },
      { ...viewed('one', 2), purposes: bit('advertising') },
    ],
  };

  it('sees in every part only what was collected for all purposes on the way', () => {
    const { tree } = explain(given);
    expect(outline(tree)).toEqual([
      'true: count > 0',
      '  1: count',
      '    1: xEvent[eventType = "product.viewed"].count()',
      '      ["both"]: xEvent[eventType = "product.viewed"]',
    ]);
    expect(ids(tree)).toEqual(['both']);
  });

  it('sees nothing that was withdrawn', () => {
    const { tree } = explain({ ...given, withdrawn: purposeBit('advertising') });
    expect(tree.truth).toBe(false);
    expect(tree.children[0]?.value).toBe(0);
  });
});

describe('limits', () => {
  it('cuts long text, long lists and too many parts', () => {
    const { tree } = explain({
      rule: `name = "x" and list.count() > 1 and (${Array.from({ length: 150 }, (_, i) => `a${i} = 1`).join(' or ')})`,
      profile: { name: 'y'.repeat(9000), list: Array.from({ length: 100 }, (_, i) => i) },
    });
    expect(String(tree.children[0]?.children[0]?.value)).toHaveLength(501);
    expect(tree.children[1]?.children[0]?.children[0]).toMatchObject({ value: [0, 1, 2, 3, 4], count: 100 });
    const many = tree.children[2]?.children ?? [];
    expect(many).toHaveLength(150);
    expect(many[0]).toMatchObject({ children: [{ text: 'a0' }] });
    expect(many[149]).toMatchObject({ truth: null, children: [], cut: true });
  });

  it('explains rules at the limits of depth and size', () => {
    let deep = 'a = 1';
    for (let i = 0; i < 30; i++) deep = `not (${deep})`;
    expect(explain({ rule: deep, profile: { a: 1 } }).tree.truth).toBe(true);
    let measure = 'a + 1';
    for (let i = 0; i < 30; i++) measure = `a - (${measure})`;
    const { tree } = explain({ rule: 'm = 0', measures: { m: measure }, profile: { a: 1 } });
    expect(tree.children[0]?.value).toBe(2);
    expect(tree.children[0]?.children[0]?.value).toBe(2);
  });

  it('ends where measures lead in a circle, which is a problem of the rule', () => {
    const problems = problemsOf({ rule: 'a > 1', measures: { a: 'b', b: 'a' } });
    expect(problems.map(({ code }) => code)).toContain('cycle');
  });

  it('tells what keeps a rule from being explained', () => {
    expect(problemsOf({ rule: 'inSegment("none")' })[0]).toMatchObject({ code: 'unknownSegment' });
    expect(problemsOf({ rule: 'nobody = 1', attributes: new Map() })[0]).toMatchObject({ code: 'unknownName' });
  });
});
