import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, purposeBit } from '../../../core/policy/purposes.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent, type LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { compileWorld, EngineProfile, oracleTruths } from '../../property/segment-engine-harness.ts';
import { compileRules } from './compile-support.ts';

const NOW = Date.UTC(2026, 10, 22);
const world = { measures: {}, attributes: null, timeZone: 'UTC', scores: {} };

/** Truths of one rule for some profiles, which the oracle confirms. */
function truthsOf(rule: string, profiles: readonly JsonObject[]) {
  const compiled = compileWorld({ ...world, segments: { s: rule } }, NOW);
  return profiles.map((attributes) => {
    const person = { attributes, events: [] };
    const [found] = new EngineProfile(compiled, person, NOW).truths();
    expect([found]).toEqual(oracleTruths(compiled, person, NOW));
    return found;
  });
}

describe('a rule as a whole', () => {
  test('is looked at for whoever meets one of three alternatives, though two of them share a condition', () => {
    const rule = '(a = 1 and b = 1) or (a = 1 and c = 1) or (d = 1 and e = 1)';
    expect(
      truthsOf(rule, [
        { d: 1, e: 1 },
        { a: 1, c: 1 },
        { a: 1, d: 1 },
      ]),
    ).toEqual([true, true, null]);
    const other = '(d = 1 and e = 1) or (a = 1 and b = 1) or (a = 1 and c = 1)';
    expect(
      truthsOf(other, [
        { d: 1, e: 1 },
        { a: 1, b: 1 },
      ]),
    ).toEqual([true, true]);
  });
});

test('a membership that is asked for under more purposes reads its lists of values as they are', () => {
  const { program } = compileRules(
    {},
    {
      segments: [
        { id: 'inner', rule: 'tier in ["gold", "silver", 3] and xEvent.count() >= 1', purpose: 'personalization' },
        { id: 'outer', rule: 'inSegment("inner") = true', purpose: 'advertising' },
      ],
      attributes: null,
    },
  );
  const all = 1 | purposeBit('personalization') | purposeBit('advertising');
  const members = (tier: string | number, purposes: number) => {
    const log = createLog(program.log);
    const event = { id: 'e', source: 'web', type: 't', at: NOW, strand: 0, data: {}, context: {} };
    insertEvent(log, { ...event, purposes });
    const subject = { attribute: () => tier, withdrawn: () => 0, score: () => undefined };
    return [...createResident(createEngine(program), log, subject, NOW).members];
  };
  for (const tier of ['gold', 'silver', 3]) expect(members(tier, all)).toEqual([1, 1]);
  for (const tier of ['bronze', 4]) expect(members(tier, all)).toEqual([0, 0]);
  expect(members('gold', 1 | purposeBit('personalization'))).toEqual([1, 0]);
});

test('events that are compared with a score are chosen anew when it moves', () => {
  const { program } = compileRules(
    { s: 'xEvent[price > score("churn")].count() >= 1', t: 'xEvent[price > score("churn") + 1].count() < 1' },
    { models: new Set(['churn']) },
  );
  const log = createLog(program.log);
  const event: LogEvent = {
    ...{
      id: 'e',
      source: 'web',
      type: 't',
      at: NOW,
      strand: 0,
      purposes: ALL_PURPOSES_MASK,
      data: { price: 3 },
      context: {},
    },
  };
  insertEvent(log, event);
  let score = 5;
  const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => score };
  const resident = createResident(createEngine(program), log, subject, NOW);
  expect([...resident.members]).toEqual([0, 1]);
  score = 1;
  resident.advance(NOW + 1, () => undefined);
  expect([...resident.members]).toEqual([1, 0]);
});
