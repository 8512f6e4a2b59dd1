import { describe, expect, it } from 'vitest';
import { bucketOf, inNamespace } from '../../../core/experiment/bucketing.ts';
import { chiSquaredTail } from '../../../core/experiment/statistics/distributions.ts';

const UNITS = Array.from({ length: 40_000 }, (_, i) => `prf_1n${i.toString(32).padStart(26, '0')}`);
const KEYS = ['hero', 'hero-2', 'footer', 'checkout-2026', 'a', 'aa', 'exp-1', 'exp-2', 'exp-1/2', 'exp-1:holdout'];

/** P-value of independence of two divisions, each into `parts`. */
function independence(one: readonly number[], other: readonly number[], parts: number): number {
  const cells = new Array<number>(parts * parts).fill(0);
  const [rows, columns] = [new Array<number>(parts).fill(0), new Array<number>(parts).fill(0)];
  one.forEach((n, i) => {
    const [row, column] = [Math.floor(n * parts), Math.floor((other[i] as number) * parts)];
    cells[row * parts + column] = (cells[row * parts + column] as number) + 1;
    rows[row] = (rows[row] as number) + 1;
    columns[column] = (columns[column] as number) + 1;
  });
  const statistic = cells.reduce((sum, count, cell) => {
    const expected = ((rows[Math.floor(cell / parts)] as number) * (columns[cell % parts] as number)) / one.length;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return chiSquaredTail(statistic, (parts - 1) ** 2);
}

/** P-value of evenness over `parts`. */
function evenness(numbers: readonly number[], parts: number): number {
  const cells = new Array<number>(parts).fill(0);
  for (const n of numbers) cells[Math.floor(n * parts + 1e-9)] = (cells[Math.floor(n * parts + 1e-9)] as number) + 1;
  const expected = numbers.length / parts;
  return chiSquaredTail(
    cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
    parts - 1,
  );
}

describe('version 2', () => {
  const numbers = new Map(KEYS.map((key) => [key, UNITS.map((unit) => bucketOf(key, unit, 2) as number)]));

  it.each(KEYS)('spreads people evenly under the key %s, by tens, hundreds and single steps', (key) => {
    const own = numbers.get(key) as number[];
    // Ten keys, three tests each: the least of thirty p-values is below 0.0001 once in three hundred sets of keys.
    for (const parts of [10, 100, 10_000]) expect(evenness(own, parts)).toBeGreaterThan(1e-4);
  });

  it('divides people by each key independently of every other', () => {
    const ps: number[] = [];
    KEYS.forEach((one, i) => {
      for (const other of KEYS.slice(i + 1)) {
        ps.push(independence(numbers.get(one) as number[], numbers.get(other) as number[], 8));
      }
    });
    expect(ps).toHaveLength(45);
    expect(Math.min(...ps)).toBeGreaterThan(1e-4);
    // P-values of what is true are even themselves.
    expect(
      evenness(
        ps.map((p) => Math.min(p, 0.999999)),
        5,
      ),
    ).toBeGreaterThan(1e-3);
  });

  it('divides people independently of the part of a layer that they are in', () => {
    for (const key of KEYS) {
      const inside = UNITS.map((unit) => (inNamespace(unit, ['checkout', 0, 0.5]) ? 0.25 : 0.75));
      expect(
        independence(
          inside.map((n) => n),
          (numbers.get(key) as number[]).map((n) => (n < 0.5 ? 0.25 : 0.75)),
          2,
        ),
      ).toBeGreaterThan(1e-4);
    }
  });
});

it('version 1 does not divide people independently: why it is only for tests that began with it', () => {
  const [one, other] = ['exp-1', 'exp-2'].map((key) => UNITS.map((unit) => bucketOf(key, unit, 1) as number));
  expect(independence(one as number[], other as number[], 8)).toBeLessThan(1e-6);
});
