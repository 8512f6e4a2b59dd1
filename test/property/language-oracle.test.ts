import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExpression } from '../../core/segment/language/parse-expression.ts';
import { TIME_UNIT_NAMES } from '../../core/segment/language/time-unit.ts';
import { evaluateAt, flipsUntil } from '../oracle/changes.ts';
import type { OracleInput } from '../oracle/interpreter.ts';
import { fromJson } from '../oracle/value.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 2_000 : 40;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 3_600_000 : 60_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 1, 20);
const HORIZON_DAYS = 45;

/** Shorter units flip so often that looking at each takes too long. */
const unit = fc.constantFrom(
  ...TIME_UNIT_NAMES.filter(
    (name) => !['millisecond', 'second', 'minute', 'decade', 'century', 'millennium'].includes(name),
  ),
);
/** Seldom on a round hour, often on the last days of a month and around the change of the clocks. */
const instant = fc.oneof(
  fc.integer({ min: START - 60 * DAY_MS, max: START + 60 * DAY_MS }),
  fc
    .constantFrom(
      '2026-01-31T00:00:00Z',
      '2026-02-28T23:30:00Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-31T22:00:00Z',
    )
    .map(Date.parse),
);
const base = fc.oneof(
  fc.constantFrom('now', 'today', 'yesterday', 'tomorrow', 'due'),
  fc.tuple(fc.constantFrom('this', 'last', 'next'), unit).map((words) => words.join(' ')),
);
const tail = fc.oneof(
  fc
    .tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), fc.nat(40), unit, fc.constantFrom('before', 'after'), base)
    .map((words) => words.join(' ')),
  fc.tuple(fc.constantFrom('before', 'after', 'on', ''), base).map((words) => words.join(' ')),
  fc.tuple(base, base).map(([from, to]) => `between ${from} and ${to}`),
);
const rule = fc.oneof(
  tail.map((when) => `exists E from xEvent where E.timestamp occurs ${when}`),
  tail.map((when) => `due occurs ${when}`),
  fc.tuple(tail, fc.nat(3)).map(([when, n]) => `xEvent[timestamp occurs ${when}].count() = ${n}`),
  tail.map((when) => `chain(xEvent, timestamp, [A: WHAT(n > 1) WHEN(${when}), X: EXCLUDE WHAT(n = 1)])`),
  fc.tuple(tail, tail).map(([a, b]) => `due occurs ${a} or not due occurs ${b}`),
  fc.constantFrom(
    'anniversary(due)',
    'currentMonth() = 4',
    'xEvent.decayed(9 days) > 0.3',
    'due < now',
    'getMonth(yesterday) = 3',
  ),
);

test('the flips that the oracle finds are all there are', { timeout: TIMEOUT_MS }, () => {
  const sample = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(
      rule,
      fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/New_York'),
      instant,
      fc.array(fc.tuple(instant, fc.nat(3)), { maxLength: 4 }),
      sample,
      (text, timeZone, due, events, places) => {
        const parsed = parseExpression(text);
        if (!parsed.ok) throw new Error(parsed.error.detail);
        const input: OracleInput = {
          rule: parsed.value.tree,
          measures: new Map(),
          segments: new Map(),
          timeZone,
          profile: fromJson({ due: new Date(due).toISOString() }),
          events: events
            .map(([at, n], i) => ({ id: String(i), type: 'a', at, source: '', data: { n }, context: {} }))
            .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
          scores: {},
        };
        const horizon = START + HORIZON_DAYS * DAY_MS;
        const flips = flipsUntil(input, START, horizon);
        const first = evaluateAt(input, START) === true;
        for (const at of [
          ...places.map((place) => START + Math.floor(place * (horizon - START))),
          ...flips,
          ...flips.map((flip) => flip - 1),
        ]) {
          const odd = flips.filter((flip) => flip <= at).length % 2 === 1;
          expect(evaluateAt(input, at) === true, `${text} at ${new Date(at).toISOString()}`).toBe(first !== odd);
        }
      },
    ),
    { numRuns: CASES },
  );
});
