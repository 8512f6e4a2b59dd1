import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRules } from '../../../core/segment/language/check-rules.ts';
import { evaluateAt, flipsUntil } from '../../oracle/changes.ts';
import type { OracleInput } from '../../oracle/interpreter.ts';
import { fromJson, type Json } from '../../oracle/value.ts';
import { namedFlips, plainProgram, runPlain } from './plain-engine.ts';
import {
  DAY_MS,
  events,
  instant,
  MEASURES,
  plainRule,
  profile,
  SEGMENTS,
  START,
  timedRule,
  zone,
} from './random-rules.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 1_500 : 60;
const TIMEOUT_MS = 3_600_000;
const HORIZON = START + 45 * DAY_MS;

/** The program and what the oracle needs for the same; null where the rule is refused. */
function both(
  text: string,
  timeZone: string,
  facts: { profile: Json; events: readonly never[] | OracleInput['events'] },
) {
  const rules = checkRules({
    segments: new Map([['rule', text], ...SEGMENTS]),
    measures: MEASURES,
    attributes: null,
    models: null,
    timeZone,
  });
  if (!rules.ok) return null;
  const rule = rules.value.segments.get('rule');
  if (!rule) throw new Error('no rule');
  const input: OracleInput = {
    rule,
    measures: rules.value.measures,
    segments: rules.value.segments,
    timeZone,
    profile: fromJson(facts.profile),
    events: facts.events,
    scores: {},
  };
  return { input, program: plainProgram({ rules: rules.value, segment: 'rule', timeZone }) };
}

test('truth is the oracle’s', { timeout: TIMEOUT_MS }, () => {
  let tried = 0;
  fc.assert(
    fc.property(plainRule, profile, events, zone, (text, of, list, timeZone) => {
      const facts = { profile: of as never, events: list as never, scores: {} };
      const pair = both(text, timeZone, facts);
      if (!pair) return;
      tried++;
      expect(runPlain(pair.program, facts, START).truth, text).toBe(evaluateAt(pair.input, START));
    }),
    { numRuns: CASES * 20 },
  );
  expect(tried).toBeGreaterThan(CASES);
});

test('every flip of the oracle is at an instant that was named', { timeout: TIMEOUT_MS }, () => {
  let flips = 0;
  fc.assert(
    fc.property(timedRule, zone, instant, events, (text, timeZone, due, list) => {
      const of = { due: new Date(due).toISOString(), born: '2000-02-29' };
      const facts = { profile: of, events: list as never, scores: {} };
      const pair = both(text, timeZone, facts);
      if (!pair) return;
      const found = namedFlips(pair.program, facts, START, HORIZON);
      const shown = (flips: readonly number[]) => flips.map((at) => new Date(at).toISOString());
      const expected = flipsUntil(pair.input, START, HORIZON);
      const member = (at: number) => evaluateAt(pair.input, at) === true;
      // The oracle looks at what decays only now and then; what it has overlooked must be a flip all the same.
      const overlooked = found.flips.filter((at) => !expected.includes(at) && member(at) !== member(at - 1));
      const all = [...expected, ...overlooked].sort((a, b) => a - b);
      expect(shown(found.flips), `${text} in ${timeZone}`).toEqual(shown(all));
      expect(/decayed|interest/.test(text) || overlooked.length === 0).toBe(true);
      flips += all.length;
    }),
    { numRuns: CASES },
  );
  expect(flips).toBeGreaterThan(CASES / 20);
});
