import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRules } from '../../../core/segment/language/check-rules.ts';
import { evaluateAt } from '../../oracle/changes.ts';
import { fromJson, type OracleEvent } from '../../oracle/value.ts';
import { plainProgram, runPlain } from './plain-engine.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 2_000 : 400;
const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 2, 31, 12);

const LABELS = ['A', 'B', 'C', 'D', 'E'];
const step = fc.record({
  what: fc.constantFrom('n = 1', 'n = 2', 'n > 0', 'true', 'n = LABEL.n', 'n < LABEL.n', 'n + LABEL.n = 3'),
  when: fc.option(
    fc.constantFrom('<= 12 hours before now', '> 6 hours before now', '<= 1 month before now', 'after LABEL.timestamp'),
    { nil: null, freq: 4 },
  ),
  after: fc.option(
    fc.tuple(fc.constantFrom('<', '<=', '>', '>='), fc.nat(5), fc.constantFrom('hours', 'hours', 'hours', 'months')),
    { nil: null },
  ),
  count: fc.option(fc.constantFrom('COUNT(2)', 'COUNT(3)', 'COUNT(= 1)', 'COUNT(<= 1)', 'COUNT(> 1)', 'COUNT(< 2)'), {
    nil: null,
    freq: 3,
  }),
  exclude: fc.option(fc.constantFrom('n = 0', 'n = 3', 'n = LABEL.n'), { nil: null, freq: 3 }),
  of: fc.nat(),
});

const chain = fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => {
  const parts = steps.map(({ what, when, after, count, exclude, of }, i) => {
    const label = LABELS[of % Math.max(i, 1)] as string;
    const named = (text: string | null) =>
      text === null ? null : i === 0 ? text.replace(/.*LABEL.*/, 'true') : text.replace('LABEL', label);
    const moment = i === 0 && when?.includes('LABEL') ? null : named(when);
    const isExact = count !== null && !/\(\d/.test(count);
    return [
      i > 0 && exclude ? `X${i}: EXCLUDE WHAT(${named(exclude)}), ` : '',
      `${LABELS[i]}: WHAT(${named(what)})`,
      moment ? ` WHEN(${moment})` : '',
      i > 0 && after ? ` AFTER(${label}, ${after.join(' ')})` : '',
      count && (!isExact || i === steps.length - 1) ? ` ${count}` : '',
    ].join('');
  });
  return `chain(xEvent, timestamp, [${parts.join(', ')}${steps[0]?.exclude && !steps.at(-1)?.count ? ', Z: EXCLUDE WHAT(n = 3)' : ''}])`;
});

const events = fc.array(fc.tuple(fc.nat(20), fc.nat(3)), { maxLength: 9 }).map((list) =>
  list
    .map(
      ([hours, n], i): OracleEvent => ({
        id: String(i),
        type: 'a',
        at: NOW - hours * HOUR_MS,
        source: '',
        data: { n },
        context: {},
      }),
    )
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
);

function program(text: string) {
  const rules = checkRules({
    segments: new Map([['rule', text]]),
    measures: new Map(),
    attributes: null,
    models: null,
    timeZone: 'UTC',
  });
  if (!rules.ok) return null;
  return { rules: rules.value, program: plainProgram({ rules: rules.value, segment: 'rule', timeZone: 'UTC' }) };
}

test('some choice of events, as the oracle that tries all of them', { timeout: 600_000 }, () => {
  const found = { true: 0, false: 0 };
  fc.assert(
    fc.property(chain, events, (text, list) => {
      const compiled = program(text);
      if (!compiled) return;
      const rule = compiled.rules.segments.get('rule');
      if (!rule) throw new Error('no rule');
      const input = {
        rule,
        measures: new Map(),
        segments: new Map(),
        timeZone: 'UTC',
        profile: fromJson({}),
        events: list,
        scores: {},
      };
      const expected = evaluateAt(input, NOW);
      const { truth } = runPlain(compiled.program, { profile: {}, events: list as never, scores: {} }, NOW);
      expect(truth, text).toBe(expected);
      found[String(expected) as 'true']++;
    }),
    { numRuns: CASES * 5 },
  );
  expect(Math.min(found.true, found.false)).toBeGreaterThan(CASES / 4);
});

/** As many conditions as there are choices would take longer than the universe has. */
test('chains over many events end', () => {
  const list = Array.from({ length: 400 }, (_, i) => ({
    id: String(i),
    type: 'a',
    at: NOW - i * 60_000,
    source: '',
    data: { n: 1 },
    context: {},
  }));
  const facts = { profile: {}, events: list.reverse() as never, scores: {} };
  const eight = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
  const steps = eight.map((label) => `${label}: WHAT(n = 1)`).join(', ');
  for (const last of [
    'Z: WHAT(n = 2)',
    'Z: WHAT(n = 1) AFTER(B, <= 4 minutes)',
    'Z: WHAT(n = 2) AFTER(H, > 1 hour)',
    'Z: WHAT(n = 1) AFTER(A, > 8 hours)',
  ]) {
    const compiled = program(`chain(xEvent, timestamp, [${steps}, ${last}])`);
    if (!compiled) throw new Error('refused');
    expect(runPlain(compiled.program, facts, NOW).truth).toBe(false);
  }
});
