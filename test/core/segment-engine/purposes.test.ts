import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { type Purpose, purposeBit } from '../../../core/policy/purposes.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';

const NOW = Date.UTC(2026, 2, 10) as Instant;
const RULES: Readonly<Record<string, readonly [Purpose, string]>> = {
  a: ['analytics', 'xEvent.count() >= 2'],
  b: ['personalization', 'inSegment("a")'],
  c: ['advertising', 'inSegment("b") or total > 3'],
  d: ['analytics', 'not inSegment("a") and xEvent'],
  e: ['analytics', 'chosen > 1'],
  f: ['necessary', 'not inSegment("c") and total <= 3 and xEvent[type = "y"]'],
  g: ['sharing', 'xEvent.average(p) > 1 and inSegment("g2")'],
  g2: ['sharing', 'age > 1'],
  h: ['advertising', 'inSegment("g2")'],
  k: ['analytics', 'xEvent and age > 1 and not inSegment("g4")'],
  l: ['advertising', 'inSegment("k")'],
  n: ['personalization', 'not inSegment("k") and not inSegment("l")'],
  g4: ['analytics', 'age > 2'],
};
const MEASURES: Readonly<Record<string, readonly [Purpose, string]>> = {
  total: ['sharing', 'xEvent.sum(p)'],
  chosen: ['personalization', 'if(inSegment("a"), xEvent.count(), 0)'],
};

interface Fact {
  readonly p: number;
  readonly type: string;
  readonly purposes: number;
  readonly strand: number;
}

/** The rules by hand: `on` are the purposes on the way. */
function byHand(facts: readonly Fact[], withdrawn: readonly number[], age: number): Readonly<Record<string, boolean>> {
  const bit = (...names: Purpose[]) => names.reduce((mask, name) => mask | purposeBit(name), 0);
  const seen = (on: number) =>
    facts.filter(({ purposes, strand }) => (purposes & on) === on && ((withdrawn[strand] ?? 0) & on) === 0);
  const sum = (on: number) => seen(on).reduce((total, { p }) => total + p, 0);
  const a = (on: number) => seen(on | bit('analytics')).length >= 2;
  const b = (on: number) => a(on | bit('personalization'));
  const c = (on: number) => b(on | bit('advertising')) || sum(on | bit('advertising', 'sharing')) > 3;
  const k = (on: number) => seen(on | bit('analytics')).length > 0 && age === 2;
  const onAnalytics = bit('analytics');
  const chosen = bit('analytics', 'personalization');
  const own = bit('sharing');
  const shared = seen(own);
  const necessary = bit('necessary');
  return {
    a: a(0),
    b: b(0),
    c: c(0),
    d: !a(onAnalytics) && seen(onAnalytics).length > 0,
    e: (a(chosen) ? seen(chosen).length : 0) > 1,
    f: !c(necessary) && sum(necessary | own) <= 3 && seen(necessary).some(({ type }) => type === 'y'),
    g: shared.length > 0 && sum(own) / shared.length > 1 && age > 1,
    g2: age > 1,
    h: age > 1,
    k: k(0),
    l: k(bit('advertising')),
    n: !k(bit('personalization')) && !k(bit('personalization', 'advertising')),
    g4: age > 2,
  };
}

const named = (rules: Readonly<Record<string, readonly [Purpose, string]>>) =>
  Object.entries(rules).map(([id, [purpose, rule]]) => ({ id, purpose, rule, expression: rule }));

test('a fact exists for a rule if it may be used for every purpose on the way', () => {
  const compiled = compileProgram({
    segments: named(RULES),
    measures: named(MEASURES),
    attributes: new Map([['age', { type: 'number', labels: [] }]]),
    models: null,
    timeZone: 'UTC',
    now: NOW,
  });
  if (!compiled.ok) throw new Error('refused');
  const engine = createEngine(compiled.value.program);
  const mask = fc.oneof(fc.constant(31), fc.nat(31));
  const fact = fc.record({ p: fc.nat(3), type: fc.constantFrom('x', 'y'), purposes: mask, strand: fc.nat(2) });
  const withdrawn = fc.array(fc.oneof(fc.constant(0), fc.nat(31)), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(fact, { maxLength: 6 }),
      fc.array(fact, { maxLength: 3 }),
      withdrawn,
      fc.nat(3),
      (past, coming, left, age) => {
        const log = createLog(engine.program.log);
        const insert = ({ p, type, purposes, strand }: Fact, i: number) =>
          insertEvent(log, { id: `e${i}`, type, at: NOW + i, source: 's', strand, purposes, data: { p }, context: {} });
        for (const [i, one] of past.entries()) insert(one, i);
        const subject = {
          attribute: () => age,
          withdrawn: (strand: number) => left[strand] ?? 0,
          score: () => undefined,
        };
        const resident = createResident(engine, log, subject, NOW + 100);
        const members = () =>
          Object.fromEntries(engine.program.segments.map(({ id }, i) => [id, resident.members[i] === 1]));
        expect(members()).toEqual(byHand(past, left, age));
        for (const [i, one] of coming.entries()) {
          resident.added(insert(one, past.length + i), () => undefined);
          expect(members()).toEqual(byHand([...past, ...coming.slice(0, i + 1)], left, age));
        }
      },
    ),
    { numRuns: 300 },
  );
});
