import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';
import { createCoreEngine } from '../../../core/segment/runtime/create-core-engine.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../../core/segment/runtime/evaluator.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { flipsUntil } from '../../oracle/changes.ts';
import type { OracleEvent } from '../../oracle/value.ts';
import { compileWorld, EngineProfile, oracleInput, oracleTruths } from '../../property/segment-engine-harness.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A month later it is the same day for all of them, or an hour comes twice. */
const PLACES = [
  { zone: 'UTC', from: Date.UTC(2026, 0, 28), to: Date.UTC(2026, 1, 27, 12) },
  { zone: 'America/New_York', from: Date.UTC(2026, 0, 28), to: Date.UTC(2026, 1, 27, 12) },
  { zone: 'Europe/Berlin', from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 10, 24, 20) },
] as const;

const within = (months: number, is = '<=') =>
  `xEvent[eventType = "v" and timestamp occurs ${is} ${months} month before now]`;
const step = (label: string, months: number, rest = '') =>
  `${label}: WHAT(eventType = "${label.toLowerCase()}") WHEN(<= ${months} month before now)${rest}`;
const RULES = {
  one: within(1),
  three: `${within(1)}.count() >= 3`,
  few: `${within(1, '<')}.count() < 2`,
  sum: `${within(1)}.sum(n) >= 5`,
  less: `${within(1, '<')}.sum(n) < 3`,
  average: `${within(1)}.average(n) > 1`,
  same: `${within(1)}.count() = ${within(2)}.count()`,
  any: 'xEvent[timestamp occurs <= 1 month before now].count() >= 4',
  chain: `chain(xEvent, timestamp, [${step('A', 1)}, ${step('V', 1)}])`,
  near: `chain(xEvent, timestamp, [${step('A', 1)}, X: EXCLUDE WHAT(eventType = "x"), ${step('V', 1, ' AFTER(A, <= 3 hours)')}])`,
};

const event = (from: number): fc.Arbitrary<OracleEvent> =>
  fc.record({
    id: fc.uuid({ version: 4 }),
    source: fc.constant('web'),
    type: fc.constantFrom('v', 'v', 'v', 'a', 'x'),
    at: fc.nat(4 * 24 * 4).map((quarter) => from + (quarter * HOUR) / 4),
    data: fc.record({ n: fc.constantFrom(1, 2, 3, -1) }),
    context: fc.constant({}),
  });

test.each(PLACES)(
  'events of $zone leave a month’s window each by itself, also before earlier ones',
  ({ zone, from, to }) => {
    const compiled = compileWorld(
      { segments: RULES, measures: {}, attributes: null, timeZone: zone, scores: {} },
      Date.UTC(2026, 0, 1),
    );
    expect(compiled.ids).toHaveLength(Object.keys(RULES).length);
    fc.assert(
      fc.property(fc.array(event(from), { maxLength: 8 }), fc.nat(3 * 24 * 4), (events, quarter) => {
        const person = { attributes: {}, events };
        const now = to + (quarter * HOUR) / 4;
        const log = createLog(compiled.engine.program.log);
        for (const { data, context, ...rest } of events) {
          const plain = { data: data as JsonObject, context: context as JsonObject };
          insertEvent(log, { ...rest, ...plain, strand: 0, purposes: ALL_PURPOSES_MASK });
        }
        const expected = oracleTruths(compiled, person, now);
        expect(new EngineProfile(compiled, person, now).truths()).toEqual(expected);
        const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
        const members = new Evaluator(compiled.engine).evaluate(log, subject, now);
        const memberOf = (is: 'rule' | 'negated') => compiled.positions.map((of) => members[of[is]] === 1);
        expect(memberOf('rule')).toEqual(expected.map((truth) => truth === true));
        expect(memberOf('negated')).toEqual(expected.map((truth) => truth === false));
      }),
      { numRuns: 100 },
    );
    fc.assert(
      fc.property(fc.array(event(from), { maxLength: 6 }), (events) => {
        const person = { attributes: {}, events };
        const engine = new EngineProfile(compiled, person, to);
        const next = compiled.ids.map((_, i) => engine.nextFlip(i, to + 4 * DAY));
        const flips = engine.advance(to + 4 * DAY);
        const wanted = compiled.ids.map((id) => flipsUntil(oracleInput(compiled, id, person), to, to + 4 * DAY));
        expect(flips).toEqual(wanted);
        expect(next).toEqual(wanted.map(([first]) => first ?? null));
      }),
      { numRuns: 8 },
    );
  },
);

test('the small engine finds the same', () => {
  const { average, same, ...plain } = RULES;
  const world = { segments: plain, measures: {}, attributes: null, timeZone: 'UTC', scores: {} };
  const { program } = compileWorld(world, Date.UTC(2026, 0, 1)).engine;
  const [small, whole] = [createCoreEngine(program), createEngine(program)].map((engine) => new Evaluator(engine));
  const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
  const [{ from, to }] = PLACES;
  fc.assert(
    fc.property(fc.array(event(from), { maxLength: 12 }), fc.nat(3 * 24), (events, hours) => {
      const log = createLog(program.log);
      for (const { data, context, ...rest } of events) {
        const plainly = { data: data as JsonObject, context: context as JsonObject };
        insertEvent(log, { ...rest, ...plainly, strand: 0, purposes: ALL_PURPOSES_MASK });
      }
      const found = [small, whole].map((one) => [...(one?.evaluate(log, subject, to + hours * HOUR) ?? [])]);
      expect(found[0]).toEqual(found[1]);
    }),
    { numRuns: 150 },
  );
});

describe('looked at long before', () => {
  const START = Date.UTC(2026, 1, 10);
  const flipsOf = (segments: Readonly<Record<string, string>>, attributes: JsonObject, at: readonly number[]) => {
    const world = { measures: {}, attributes: null, timeZone: 'UTC', scores: {} };
    const compiled = compileWorld({ ...world, segments }, START);
    const events = at.map((time, i) => ({
      ...{ id: `${i}`, source: 'web', type: 'v', at: time, data: { n: 1 }, context: {} },
    }));
    return new EngineProfile(compiled, { attributes, events }, START).advance(START + 28 * DAY);
  };

  test('the later event leaves first, and the earlier one in the evening', () => {
    const found = flipsOf({ one: RULES.one, two: `${within(1)}.count() >= 2`, sum: `${within(1)}.sum(n) >= 2` }, {}, [
      Date.UTC(2026, 0, 30, 23),
      Date.UTC(2026, 0, 31, 1),
    ]);
    const [morning, evening] = [Date.UTC(2026, 1, 28, 1) + 1, Date.UTC(2026, 1, 28, 23) + 1];
    expect(found).toEqual([[evening], [morning], [morning]]);
  });

  test('a month ago leaps at the end of February', () => {
    const rule = 'now occurs <= 1 month after due';
    expect(flipsOf({ s: rule }, { due: '2026-01-31T12:00:00Z' }, [])).toEqual([[Date.UTC(2026, 2, 1)]]);
  });
});

test('of a sequence a longer window after a shorter one begins with the shorter one', () => {
  const rule = `chain(xEvent, timestamp, [A: WHAT(eventType = "a") WHEN(<= 5 days before now), B: WHAT(eventType = "b") WHEN(<= 9 days before now)])`;
  const now = Date.UTC(2026, 1, 10);
  const { engine, positions } = compileWorld(
    { segments: { s: rule }, measures: {}, attributes: null, timeZone: 'UTC', scores: {} },
    now,
  );
  const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
  const evaluator = new Evaluator(engine);
  const isMember = (...events: readonly (readonly [type: string, days: number])[]) => {
    const log = createLog(engine.program.log);
    for (const [i, [type, days]] of events.entries()) {
      const plain = { id: `${i}`, source: 'web', strand: 0, purposes: ALL_PURPOSES_MASK, data: {}, context: {} };
      insertEvent(log, { ...plain, type, at: now - days * DAY });
    }
    return evaluator.evaluate(log, subject, now)[positions[0]?.rule ?? -1];
  };
  expect(isMember(['a', 4], ['a', 3], ['b', 2])).toBe(1);
  expect(isMember(['b', 8], ['a', 7], ['b', 6], ['a', 2])).toBe(0);
  expect(isMember(['b', 4], ['a', 3], ['a', 2], ['a', 1])).toBe(0);
  expect(isMember(['a', 4], ['b', 3], ['a', 2])).toBe(1);
});
