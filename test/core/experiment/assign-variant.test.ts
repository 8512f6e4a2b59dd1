import { describe, expect, it } from 'vitest';
import { type Allocation, type AllocationPlan, createAllocation } from '../../../core/experiment/allocation.ts';
import { assignVariant } from '../../../core/experiment/assign-variant.ts';
import { fnv1aDecimal, fnv1aUnits } from '../../../core/experiment/hash/fnv1a-units.ts';

/** Upper 99.99 % points of chi-squared by degrees of freedom: units are fixed, so this never fails by chance twice. */
const CHI_SQUARED: Readonly<Record<number, number>> = { 3: 21.11, 9: 33.72, 99: 161.3 };

function allocationOf(plan: Partial<AllocationPlan>): Allocation {
  const made = createAllocation({ key: 'hero', weights: [0.5, 0.5], share: 1, ...plan });
  if (!made.ok) throw new Error(made.error.kind);
  return made.value;
}

const unitsOf: Readonly<Record<string, (i: number) => string>> = {
  'rising numbers': (i) => String(i),
  'ids of profiles': (i) => `prf_1n${i.toString(32).padStart(26, '0')}`,
  'an id of one character each': (i) => String.fromCharCode(0x100 + i),
  'UUIDs that differ at their end': (i) => `0190c8f2-7b1e-7aaa-8bbb-${i.toString(16).padStart(12, '0')}`,
};

function chiSquared(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((total, count, i) => total + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
}

describe('the hash', () => {
  // Vectors of draft-eastlake-fnv: for ASCII, units are bytes.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['foobar', 0xbf9cf968],
    ['hello', 0x4f9f2cab],
  ])('gives the published numbers: %j', (text, expected) => {
    expect(fnv1aUnits(text)).toBe(expected);
  });

  it('of a text in two pieces is that of the text', () => {
    expect(fnv1aUnits('bar', fnv1aUnits('foo'))).toBe(0xbf9cf968);
  });

  it.each([
    0, 7, 9, 10, 99, 100, 999, 1000, 12_345, 99_999, 100_000, 1_000_001, 999_999_999, 1_000_000_000, 4_294_967_295,
  ])('of the digits of %i', (number) => {
    expect(fnv1aDecimal(number)).toBe(fnv1aUnits(String(number)));
  });
});

describe.each(Object.entries(unitsOf))('%s', (_, unit) => {
  it('are divided by the weights', () => {
    const weights = [0.4, 0.3, 0.2, 0.1];
    const allocation = allocationOf({ weights });
    const counts = [0, 0, 0, 0];
    const total = 40_000;
    for (let i = 0; i < total; i++) {
      const variant = assignVariant(allocation, unit(i));
      counts[variant] = (counts[variant] ?? 0) + 1;
    }
    const expected = weights.map((weight) => weight * total);
    expect(chiSquared(counts, expected)).toBeLessThan(CHI_SQUARED[3] as number);
  });

  it('are spread evenly over a hundred parts', () => {
    const allocation = allocationOf({ weights: new Array(100).fill(0.01) });
    const counts = new Array(100).fill(0);
    for (let i = 0; i < 40_000; i++) counts[assignVariant(allocation, unit(i))]++;
    expect(chiSquared(counts, new Array(100).fill(400))).toBeLessThan(CHI_SQUARED[99] as number);
  });

  it.each([
    ['hero', 'footer'],
    ['exp-1', 'exp-2'],
    ['a', 'aa'],
  ])('are divided by %s independently of %s', (one, other) => {
    const weights = [0.25, 0.25, 0.25, 0.25];
    const [first, second] = [allocationOf({ key: one, weights }), allocationOf({ key: other, weights })];
    const counts = new Array(16).fill(0);
    for (let i = 0; i < 32_000; i++) {
      counts[4 * assignVariant(first, unit(i)) + assignVariant(second, unit(i))]++;
    }
    const sums = (of: (cell: number) => number) =>
      [0, 1, 2, 3].map((group) => counts.reduce((sum, count, cell) => sum + (of(cell) === group ? count : 0), 0));
    const [rows, columns] = [sums((cell) => cell >> 2), sums((cell) => cell & 3)];
    const expected = counts.map((_count, cell) => ((rows[cell >> 2] ?? 0) * (columns[cell & 3] ?? 0)) / 32_000);
    expect(chiSquared(counts, expected)).toBeLessThan(CHI_SQUARED[9] as number);
  });
});

describe('the share that takes part', () => {
  const unit = (i: number) => `device-${i}`;

  it('is as large as asked for, in every variant', () => {
    const allocation = allocationOf({ weights: [0.8, 0.2], share: 0.25 });
    const counts = [0, 0, 0];
    for (let i = 0; i < 40_000; i++)
      counts[assignVariant(allocation, unit(i)) + 1] = (counts[assignVariant(allocation, unit(i)) + 1] ?? 0) + 1;
    expect(counts[0]).toBeGreaterThan(29_500);
    expect(counts[0]).toBeLessThan(30_500);
    expect((counts[1] as number) / (counts[2] as number)).toBeCloseTo(4, 0);
  });

  it('grows and shrinks without moving anybody from one variant to another', () => {
    const weights = [0.5, 0.3, 0.2];
    const steps = [0, 0.05, 0.3, 0.31, 1].map((share) => allocationOf({ weights, share }));
    for (let i = 0; i < 5000; i++) {
      const seen = steps.map((step) => assignVariant(step, unit(i)));
      const entered = seen.findIndex((variant) => variant >= 0);
      expect(seen[0]).toBe(-1);
      expect(seen.slice(0, entered).every((variant) => variant === -1)).toBe(true);
      expect(new Set(seen.slice(entered)).size).toBe(1);
    }
  });

  it('of 1 leaves nobody out, and weights of 0 and 1 are exact', () => {
    const thirds = allocationOf({ weights: [1 / 3, 1 / 3, 1 / 3] });
    expect(thirds.bounds.at(-1)).toBe(1);
    expect(allocationOf({ weights: [1 / 3, 1 / 3, 1 / 3, 0] }).bounds[5]).toBe(1);
    const all = allocationOf({ weights: [0, 1, 0] });
    for (let i = 0; i < 5000; i++) {
      expect(assignVariant(thirds, unit(i))).toBeGreaterThanOrEqual(0);
      expect(assignVariant(all, unit(i))).toBe(1);
    }
  });
});

it('never changes for a unit once it runs', () => {
  const allocation = allocationOf({ key: 'checkout-2026', weights: [0.5, 0.5] });
  expect(['ada', 'bob', 'cleo', 'dan', 'eve', 'finn'].map((unit) => assignVariant(allocation, unit))).toEqual([
    1, 1, 1, 1, 1, 0,
  ]);
});

describe('a plan is refused', () => {
  it.each([
    [{ key: '' }, 'emptyKey'],
    [{ weights: [] }, 'noVariants'],
    [{ weights: [0.5, -0.5] }, 'badWeight'],
    [{ weights: [0.5, Number.NaN] }, 'badWeight'],
    [{ weights: [0.5, 0.4] }, 'weightsDoNotAddUp'],
    [{ weights: [0.7, 0.7] }, 'weightsDoNotAddUp'],
    [{ share: 1.1 }, 'badShare'],
    [{ share: Number.NaN }, 'badShare'],
  ])('%j: %s', (change, kind) => {
    const made = createAllocation({ key: 'hero', weights: [0.5, 0.5], share: 1, ...change });
    expect(made).toMatchObject({ ok: false, error: { kind } });
  });
});
