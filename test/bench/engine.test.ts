import { describe, expect, test } from 'vitest';
import { checkAgreement } from '../../bench/engine/agreement.ts';
import { createCase } from '../../bench/engine/cases.ts';
import {
  compileBehaviour,
  compileProfileRule,
  evaluateEvents,
  evaluateProfile,
} from '../../bench/engine/closure-baseline.ts';
import { conditionOf, evaluateConditions, evaluateHosted, hostSegment } from '../../bench/engine/growthbook.ts';
import { CASES } from '../../bench/engine/targets.ts';
import type { Profile, RawEvent } from '../../bench/engine/workload/descriptor.ts';
import { DAY_MS } from '../../bench/engine/workload/events.ts';
import { textOfBehaviour, textOfProfileRule } from '../../bench/engine/workload/rule-text.ts';
import { createBehaviourWorkload, createProfileWorkload } from '../../bench/engine/workload/workload.ts';
import { checkRules } from '../../core/segment/language/check-rules.ts';
import { evaluator } from '../oracle/segment-evaluator.ts';

const SEEDS = [1, 2, 3, 77, 4_000_000_007];

/** What the oracle says of each rule, as text. */
function oracleMembers(
  texts: readonly string[],
  profile: Profile,
  events: readonly RawEvent[],
  now: number,
): readonly number[] {
  const segments = new Map(texts.map((text, i) => [String(i), text]));
  const rules = checkRules({ segments, measures: new Map(), attributes: null, models: null, timeZone: 'UTC' });
  if (!rules.ok) throw new Error(JSON.stringify(rules.error[0]));
  const facts = {
    profile: { ...profile },
    events: events.map((event) => ({ ...event, context: {} })),
    scores: {},
    now,
  };
  return texts.map((_, i) => {
    const truth = evaluator.evaluate({ rules: rules.value, segment: String(i), timeZone: 'UTC', ...facts });
    expect(truth).not.toBeNull();
    return truth ? 1 : 0;
  });
}

const shareOf = (members: readonly number[]) => members.reduce((total, one) => total + one, 0) / members.length;

describe.each(SEEDS)('seed %i', (seed) => {
  test('closures and GrowthBook agree with the oracle on attributes', () => {
    const { segments, profile, changes } = createProfileWorkload(seed, 300);
    const rules = segments.map(({ rule }) => rule);
    const tests = rules.map(compileProfileRule);
    const conditions = rules.map(conditionOf);
    for (const person of [profile, { ...profile, ...changes[0], ...changes[2], ...changes[4], ...changes[6] }]) {
      const expected = oracleMembers(rules.map(textOfProfileRule), person, [], 0);
      const members = new Uint8Array(segments.length);
      evaluateProfile(tests, person, members);
      expect([...members]).toEqual(expected);
      evaluateConditions(conditions, person, members);
      expect([...members]).toEqual(expected);
    }
  });

  test('closures and GrowthBook agree with the oracle on events', () => {
    const { segments, events, arrivals, now } = createBehaviourWorkload(seed, 60, 150, 40);
    const tests = segments.map(compileBehaviour);
    const hosted = segments.map(hostSegment);
    const looks = [
      { log: events, at: now },
      { log: [...events, ...arrivals], at: (arrivals.at(-1)?.at ?? now) + DAY_MS },
    ];
    for (const { log, at } of looks) {
      const expected = oracleMembers(segments.map(textOfBehaviour), {}, log, at);
      const members = new Uint8Array(segments.length);
      evaluateEvents(tests, log, at, members);
      expect([...members]).toEqual(expected);
      evaluateHosted(hosted, log, at, members);
      expect([...members]).toEqual(expected);
    }
  });

  test('a realistic share of the segments is true', () => {
    const { segments, profile } = createProfileWorkload(seed, 1000);
    const members = segments.map(({ rule }) => (compileProfileRule(rule)(profile) ? 1 : 0));
    expect(shareOf(members)).toBeGreaterThan(0.1);
    expect(shareOf(members)).toBeLessThan(0.55);
    const { segments: behaviour, events, now } = createBehaviourWorkload(seed);
    const active = behaviour.map((segment) => (compileBehaviour(segment)(events, now) ? 1 : 0));
    expect(shareOf(active)).toBeGreaterThan(0.1);
    expect(shareOf(active)).toBeLessThan(0.6);
  });

  test('another seed is another workload, the same seed the same', () => {
    expect(createBehaviourWorkload(seed)).toEqual(createBehaviourWorkload(seed));
    expect(createBehaviourWorkload(seed).segments).not.toEqual(createBehaviourWorkload(seed + 1).segments);
    expect(createProfileWorkload(seed, 100)).toEqual(createProfileWorkload(seed, 100));
    expect(createProfileWorkload(seed, 100).segments).not.toEqual(createProfileWorkload(seed + 1, 100).segments);
  });

  test('no two events share a millisecond, all are in order, none is after now', () => {
    const { events, arrivals, now } = createBehaviourWorkload(seed);
    const times = [...events, ...arrivals].map(({ at }) => at);
    expect(times.every((at, i) => i === 0 || at > (times[i - 1] ?? at))).toBe(true);
    expect(events.at(-1)?.at).toBeLessThan(now);
    expect(arrivals[0]?.at).toBeGreaterThan(now);
    expect(new Set([...events, ...arrivals].map(({ id }) => id)).size).toBe(times.length);
  });
});

test.each(CASES.filter((name) => name !== 'W2x10'))('all sides of %s agree while it runs', (name) => {
  checkAgreement(createCase(name, 5));
});
