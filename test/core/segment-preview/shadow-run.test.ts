import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSample } from '../../../core/segment/preview/sample.ts';
import { type RowEvaluator, shadowRun } from '../../../core/segment/preview/shadow-run.ts';
import { keyOf, type NumberedRow, profileId, rows } from './seeded.ts';

const key = keyOf(11);
type Rules = Readonly<Record<string, (number: number) => boolean>>;

/** Gives the same array at each call, as an engine would. */
function evaluator(rules: Rules, shared?: Uint8Array): RowEvaluator<NumberedRow> {
  const tests = Object.values(rules);
  const out = shared ?? new Uint8Array(tests.length);
  return {
    segments: Object.keys(rules),
    members: ({ number }) => {
      for (const [i, test] of tests.entries()) out[i] = test(number) ? 1 : 0;
      return out;
    },
  };
}

describe('a shadow run', () => {
  const rule = fc.uniqueArray(fc.integer({ min: 0, max: 59 })).map((ids) => new Set(ids));

  it('is exact when the sample is everybody', () => {
    fc.assert(
      fc.property(rule, rule, fc.integer({ min: 0, max: 60 }), (before, after, count) => {
        const sample = createSample(60, key, rows(count));
        const shared = new Uint8Array(1);
        const report = shadowRun(
          sample,
          evaluator({ s: (n) => before.has(n) }, shared),
          evaluator({ s: (n) => after.has(n) }, shared),
          { population: null, examples: 3 },
        );
        const everybody = Array.from({ length: count }, (_, n) => n);
        const exactly = (test: (n: number) => boolean) => {
          const n = everybody.filter(test).length;
          return { sampled: n, value: n, low: n, high: n };
        };
        const [preview] = report.segments;
        expect(report).toMatchObject({ exact: true, rows: count, population: exactly(() => true) });
        expect(preview?.before).toEqual(exactly((n) => before.has(n)));
        expect(preview?.after).toEqual(exactly((n) => after.has(n)));
        expect(preview?.stay).toEqual(exactly((n) => before.has(n) && after.has(n)));
        expect(preview?.enter).toMatchObject(exactly((n) => !before.has(n) && after.has(n)));
        expect(preview?.leave).toMatchObject(exactly((n) => before.has(n) && !after.has(n)));
      }),
    );
  });

  it('gives the examples of lowest rank, the same whatever the order of rows', () => {
    const before = evaluator({ s: (n) => n % 3 === 0 });
    const after = evaluator({ s: (n) => n % 2 === 0 });
    const run = (list: readonly NumberedRow[]) =>
      shadowRun(createSample(50, key, list), before, after, { population: null, examples: 2 });
    const report = run(rows(300));
    expect(run(rows(300).toReversed())).toEqual(report);
    const numberOf = new Map(rows(300).map(({ profile, number }) => [profile, number]));
    const [preview] = report.segments;
    expect(preview?.enter.examples).toHaveLength(2);
    for (const id of preview?.enter.examples ?? []) expect((numberOf.get(id) ?? 0) % 6).toBeOneOf([2, 4]);
    for (const id of preview?.leave.examples ?? []) expect((numberOf.get(id) ?? 0) % 6).toBe(3);
    const first = createSample(50, key, rows(300)).entries.find(({ row }) => row.number % 6 === 3);
    expect(preview?.leave.examples[0]).toBe(first?.row.profile);
    expect(report.exact).toBe(false);
    expect(report.population.low).toBeLessThan(300);
    expect(report.population.high).toBeGreaterThan(300);
  });

  it('compares segments by id: a new one is entered, a removed one left, the order means nothing', () => {
    const report = shadowRun(
      createSample(10, key, rows(4)),
      evaluator({ gone: (n) => n < 3, kept: (n) => n < 2 }),
      evaluator({ kept: (n) => n < 2, born: () => true }),
      { population: null, examples: 1 },
    );
    expect(report.segments.map((s) => [s.segment, s.enter.value, s.leave.value, s.stay.value])).toEqual([
      ['gone', 0, 3, 0],
      ['kept', 0, 0, 2],
      ['born', 4, 0, 0],
    ]);
  });

  it('says for nobody how many there may be nevertheless, and for all how many may be missing', () => {
    const sample = createSample(200, key, rows(4_000));
    const [none, all] = shadowRun(
      sample,
      evaluator({ none: () => false, all: () => false }),
      evaluator({ none: () => false, all: () => true }),
      { population: 4_000, examples: 0 },
    ).segments;
    // The rule of three says 3 / 200 of 4,000 = 60 for one side at 95 %; two sides at 97.5 % are 3.7 / 200, less
    // because a part of them was drawn (scipy's hypergeom gives 71, too).
    expect(none?.enter).toEqual({ sampled: 0, value: 0, low: 0, high: 71, examples: [] });
    expect(all?.enter).toMatchObject({ sampled: 200, value: 4_000, low: 3_929, high: 4_000 });
  });

  it('runs over nobody', () => {
    const nobody = createSample<NumberedRow>(10, key);
    const report = shadowRun(nobody, evaluator({ s: () => true }), evaluator({}), { population: null, examples: 5 });
    expect(report).toMatchObject({ exact: true, rows: 0, freshness: null, population: { value: 0 } });
    expect(profileId(1)).not.toBe(profileId(2));
  });
});
