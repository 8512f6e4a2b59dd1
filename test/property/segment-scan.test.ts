import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, NECESSARY_MASK } from '../../core/policy/purposes.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { createLog, insertEvent } from '../../core/segment/runtime/log/log.ts';
import { createResident, type Subject } from '../../core/segment/runtime/resident.ts';
import type { OracleEvent } from '../oracle/value.ts';
import { event, measures, nowInstant, rule, tightEvent, tightRule, timeZone } from './segment-engine-arbitraries.ts';
import { compileWorld, settled } from './segment-engine-harness.ts';

const seed = process.env.SELVEDGE_SEED;
const settings = { numRuns: 600, ...(seed !== undefined && { seed: Number(seed) }) };
const TIMEOUT_MS = 120_000;

/** What stands for thresholds with negative numbers, several types, months, gaps and exclusions beside what the generators say. */
const FIXED = {
  f0: 'xEvent[timestamp occurs <= 2 days before now].sum(n) > 3',
  f1: 'xEvent[eventType in ["view", "cart"]].count() >= 2',
  f3: 'xEvent[sku in []].count() >= 1',
  f2: 'xEvent[eventType = "view" and timestamp occurs <= 1 month before now].count() >= 1',
};

function check(rules: readonly string[], zone: string, named: object, events: readonly OracleEvent[], now: number) {
  const segments = { ...Object.fromEntries(rules.map((text, i) => [`s${i}`, text])), ...FIXED };
  const world = { segments, measures: named as Record<string, string>, attributes: null, timeZone: zone, scores: {} };
  const { engine } = compileWorld(world, now);
  const evaluator = new Evaluator(engine);
  // The same memory for one after the other, with more rows and with fewer.
  for (const share of [1, 3, 2, 1]) {
    const log = createLog(engine.program.log);
    const kept = settled(events).filter((_, i) => i % share === 0);
    for (const [i, { data, context, ...rest }] of kept.entries()) {
      const purposes = i % 5 === 4 && share === 3 ? ALL_PURPOSES_MASK & ~NECESSARY_MASK : ALL_PURPOSES_MASK;
      insertEvent(log, { ...rest, data: data as JsonObject, context: context as JsonObject, strand: i % 3, purposes });
    }
    const subject: Subject = {
      attribute: () => undefined,
      withdrawn: (strand) => (strand === 1 && share === 2 ? NECESSARY_MASK : 0),
      score: () => undefined,
    };
    const members = [...evaluator.evaluate(log, subject, now)];
    expect(members).toEqual([...createResident(engine, log, subject, now).members]);
  }
}

test.each([
  ['few kinds of events that often meet', tightRule, tightEvent],
  ['anything', rule, event],
])(
  'an evaluator finds what a resident finds: %s',
  (_, ruleOf, eventOf) => {
    const property = fc.property(
      fc.tuple(ruleOf([]), ruleOf(['s0']), ruleOf(['s0', 's1'])),
      timeZone,
      measures,
      fc.array(eventOf as fc.Arbitrary<OracleEvent>, { maxLength: 40 }),
      nowInstant,
      check,
    );
    fc.assert(property, settings);
  },
  TIMEOUT_MS,
);
