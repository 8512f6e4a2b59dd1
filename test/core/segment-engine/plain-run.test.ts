import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createCoreEngine, needsGeneralCode } from '../../../core/segment/runtime/create-core-engine.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../../core/segment/runtime/evaluator.ts';
import { createFolded } from '../../../core/segment/runtime/log/folded.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import type { Program } from '../../../core/segment/runtime/program.ts';
import { createResident, type Subject } from '../../../core/segment/runtime/resident.ts';
import { createRandom, DAY, HOUR, randomEvent, START } from './profile-fixture.ts';

const bought = 'eventType = "order.placed"';
const viewed = 'eventType = "product.viewed"';

/** All that is no general code. */
const RULES = [
  'tier = "gold" and points >= 100 or name matches "^a+|b$"',
  `xEvent[${viewed}].count() >= 3`,
  `xEvent[${viewed} and timestamp occurs <= 2 days before now].count() < 2`,
  'xEvent[eventType in ["product.viewed", "cart.added"] and category in ["shoes", "hats"]].count() >= 4',
  'xEvent[category > "hats" and category <= "shoes" and timestamp occurs < 1 month before now].count() >= 4',
  'xEvent[price >= 20 and price < 50 and source = "web"].count() >= 2',
  'xEvent[context.geo.country = "DE" and timestamp occurs <= 3 days before now].count() >= 1',
  `xEvent[${bought} and timestamp occurs <= 4 days before now].sum(price) >= 60`,
  'xEvent[eventType in ["order.placed", "order.returned"] and timestamp occurs <= 2 days before now].sum(price) > 20.1',
  'xEvent[category = "shoes" and timestamp occurs < 1 month before now].sum(price) < 100',
  'xEvent[timestamp occurs <= 36 hours before now].sum(price) > 0',
  'chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added") WHEN(<= 3 days before now), X: EXCLUDE WHAT(eventType = "order.placed")])',
  `chain(xEvent, timestamp, [A: WHAT(${viewed}) WHEN(<= 6 days before now), X: EXCLUDE WHAT(eventType = "order.returned"), B: WHAT(eventType = "cart.added") AFTER(A, <= 20 hours), C: WHAT(${bought}) AFTER(B, < 2 days)])`,
  'chain(xEvent, timestamp, [A: WHAT(category = "hats"), B: WHAT(category = "shoes") WHEN(<= 4 days before now) AFTER(A, <= 9 hours)])',
  `chain(xEvent, timestamp, [A: WHAT(${viewed}), X: EXCLUDE WHAT(${viewed} and category = "hats"), B: WHAT(${viewed})])`,
  'inSegment("necessary1") and not inSegment("necessary11")',
];

function compile(rules: readonly string[]): Program {
  const compiled = compileProgram({
    segments: rules.flatMap((rule, i) =>
      (['necessary', 'advertising'] as const).map((purpose) => ({
        id: `${purpose}${i}`,
        rule: rule.replaceAll('necessary', purpose),
        purpose,
      })),
    ),
    measures: [],
    attributes: null,
    models: null,
    timeZone: 'Europe/Berlin',
    now: START as Instant,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value.program;
}

const program = compile(RULES);

describe('the small engine', () => {
  test('is enough for these', () => {
    expect(needsGeneralCode(program)).toBe(false);
    expect(program.cells.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['count', 'sum', 'sequence']));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('finds what the whole one finds, whoever came before, seed %i', (seed) => {
    const random = createRandom(seed);
    const small = new Evaluator(createCoreEngine(program));
    const engine = createEngine(program);
    const whole = new Evaluator(engine);
    const seen = new Set<string>();
    for (let person = 0; person < 30; person++) {
      const log = createLog(program.log);
      const count = random.pick([0, 3, 30, 120]);
      // Some at one instant, some ahead.
      for (let i = 0; i < count; i++)
        insertEvent(log, randomEvent(random, START - random.below(9 * 24) * HOUR + random.pick([0, DAY])));
      const profile: Readonly<Record<string, string | number | null>> = {
        tier: random.pick(['gold', 'silver', null]),
        points: random.pick([99, 100, null]),
        name: random.pick(['aa', 'cb', 'c', null]),
      };
      const withdrawn = random.pick([0, 0, 8]);
      const subject: Subject = {
        attribute: (name) => profile[name],
        withdrawn: (strand) => (strand === 1 ? withdrawn : 0),
        score: () => undefined,
      };
      const now = START - random.below(48) * HOUR + random.pick([0, 1]);
      const expected = [...createResident(engine, log, subject, now).members];
      expect([...small.evaluate(log, subject, now)]).toEqual(expected);
      expect([...whole.evaluate(log, subject, now)]).toEqual(expected);
      for (const [segment, member] of expected.entries()) seen.add(`${segment} ${member}`);
    }
    // Nearly every segment had members and others.
    expect(seen.size).toBeGreaterThan(1.6 * program.segments.length);
  });

  test('refuses what it cannot do', () => {
    expect(() => createCoreEngine(compile(['xEvent.decayed(1 days, price) > 1']))).toThrow('general code');
    const log = { ...createLog(program.log), folded: createFolded(program.queryHash) };
    const subject: Subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
    expect(() => new Evaluator(createCoreEngine(program)).evaluate(log, subject, START)).toThrow('folded');
  });
});
