import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonValue } from '../../../core/lib/json.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { DAY, HOUR, START } from './profile-fixture.ts';

type Given = readonly [id: string, type: string, ago: number, data?: Readonly<Record<string, JsonValue>>];

/** Evidence of the rule, for a profile at START. */
function evidenceOf(
  rule: string,
  events: readonly Given[],
  attributes: Readonly<Record<string, JsonValue>> = {},
  segments: Readonly<Record<string, string>> = {},
) {
  const compiled = compileProgram({
    segments: Object.entries({ ...segments, it: rule }).map(([id, text]) => ({ id, rule: text, purpose: 'necessary' })),
    measures: [{ id: 'spent', expression: 'xEvent[type = "buy"].sum(price)', purpose: 'necessary' }],
    attributes: new Map([
      ['tier', { type: 'string', labels: [] }],
      ['city', { type: 'string', labels: [] }],
      ['points', { type: 'number', labels: [] }],
    ]),
    models: null,
    timeZone: 'UTC',
    now: START as Instant,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { program } = compiled.value;
  const log = createLog(program.log);
  for (const [id, type, ago, data = {}] of events) {
    insertEvent(log, {
      id,
      type,
      at: START - ago,
      source: 'web',
      strand: 0,
      purposes: 1,
      data: { ...data },
      context: {},
    });
  }
  const subject = { attribute: (name: string) => attributes[name], withdrawn: () => 0, score: () => undefined };
  const resident = createResident(createEngine(program), log, subject, START);
  const segment = program.segments.findIndex(({ id }) => id === 'it');
  return { member: resident.members[segment] === 1, ...resident.evidence(segment) };
}

const views = (count: number): readonly Given[] =>
  Array.from({ length: count }, (_, i): Given => [`v${i + 1}`, 'view', (i + 1) * HOUR, { price: i }]);

describe('evidence', () => {
  test('is the events inside of the window, to the millisecond', () => {
    const events: readonly Given[] = [
      ['in', 'view', 2 * DAY],
      ['out', 'view', 2 * DAY + 1],
      ['other', 'buy', HOUR],
      ['later', 'view', -1],
    ];
    const window = (is: string) => `xEvent[type = "view" and timestamp occurs ${is} 2 days before now]`;
    expect(evidenceOf(window('<='), events)).toEqual({ member: true, events: ['in'], attributes: [] });
    expect(evidenceOf(`${window('<=')}.count() < 3`, events)).toMatchObject({ member: true, events: ['in'] });
    expect(evidenceOf(window('<'), events)).toEqual({ member: false, events: [], attributes: [] });
    expect(evidenceOf('xEvent[type = "view"].count() >= 2', events)).toMatchObject({ events: ['in', 'out'] });
  });

  test('is five events, the newest first', () => {
    expect(evidenceOf('xEvent[type = "view"].count() > 3', views(9)).events).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    expect(evidenceOf('xEvent[type = "view"].count() > 3', views(5)).events).toHaveLength(5);
    const both = 'xEvent[price < 4].count() > 1 and xEvent[price > 5].sum(price) > 1';
    expect(evidenceOf(both, views(9)).events).toEqual(['v1', 'v2', 'v3', 'v4', 'v7']);
    expect(evidenceOf('xEvent[type = "view"].count() > 9', views(9))).toMatchObject({ member: false });
  });

  test('is the events that a sequence chose, and none where it chose none', () => {
    const rule = 'chain(xEvent, timestamp, [A: WHAT(type = "view"), B: WHAT(type = "buy")])';
    const events: readonly Given[] = [
      ['a1', 'view', 9],
      ['b1', 'buy', 8],
      ['a2', 'view', 7],
      ['b2', 'buy', 6],
      ['a3', 'view', 5],
    ];
    expect(evidenceOf(rule, events)).toEqual({ member: true, events: ['b2', 'a2'], attributes: [] });
    expect(evidenceOf(rule, events.slice(4))).toEqual({ member: false, events: [], attributes: [] });
  });

  test('is what made a member one, and what kept somebody else from it', () => {
    const rule = 'tier = "gold" and points > 3 and city = "Ulm"';
    expect(evidenceOf(rule, [], { tier: 'gold', points: 4, city: 'Ulm' })).toEqual({
      member: true,
      events: [],
      attributes: ['city', 'points', 'tier'],
    });
    const poor = evidenceOf(rule, [], { tier: 'gold', points: 1, city: 'Ulm' });
    expect(poor).toEqual({ member: false, events: [], attributes: ['points'] });
    expect(evidenceOf('tier = "gold" or city = "Ulm"', [], { tier: 'gold', city: 'Bonn' }).attributes).toEqual([
      'tier',
    ]);
    expect(evidenceOf('not tier = "gold"', [], { tier: 'tin' }).attributes).toEqual(['tier']);
    expect(evidenceOf('isNull(tier)', []).attributes).toEqual(['tier']);
    expect(evidenceOf('true', [])).toEqual({ member: true, events: [], attributes: [] });
  });

  test('goes through measures, conditions and other segments', () => {
    const buys: readonly Given[] = [
      ['b1', 'buy', 9, { price: 3 }],
      ['v1', 'view', 8, { price: 9 }],
      ['b2', 'buy', 7, { price: 4 }],
    ];
    expect(evidenceOf('spent > points', buys, { points: 6 })).toEqual({
      member: true,
      events: ['b2', 'b1'],
      attributes: ['points'],
    });
    const segments = { rich: 'spent * 2 > 10 and tier = "gold"', loop: 'inSegment("rich") and inSegment("rich")' };
    expect(evidenceOf('inSegment("loop") and city = "Ulm"', buys, { tier: 'gold', city: 'Ulm' }, segments)).toEqual({
      member: true,
      events: ['b2', 'b1'],
      attributes: ['city', 'tier'],
    });
    expect(evidenceOf('inSegment("rich")', buys, { tier: 'tin' }, segments)).toMatchObject({
      member: false,
      attributes: ['tier'],
    });
  });
});
