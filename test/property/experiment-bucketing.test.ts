import { GrowthBook } from '@growthbook/growthbook';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAllocation } from '../../core/experiment/allocation.ts';
import { assignVariant } from '../../core/experiment/assign-variant.ts';
import { bucketOf, bucketRanges, chooseVariation, equalWeights, inNamespace } from '../../core/experiment/bucketing.ts';
import { fnv1aDecimal, fnv1aUnits } from '../../core/experiment/hash/fnv1a-units.ts';
import { loadGrowthBookUtil } from '../core/experiment/growthbook-util.ts';

it('a number is hashed as its digits are', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(200_000), fc.integer({ min: 0, max: 2 ** 32 - 1 })), (n) => {
      expect(fnv1aDecimal(n)).toBe(fnv1aUnits(String(n)));
    }),
    { numRuns: 5000 },
  );
});

const util = await loadGrowthBookUtil();
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.uuid(), fc.string({ maxLength: 12 }));
const number = fc.oneof(fc.double({ min: -0.5, max: 1.5, noNaN: true }), fc.constantFrom(0, 0.1, 0.25, 0.5, 1));

describe("the same as GrowthBook's published SDK", () => {
  // The SDK complains about weights and coverages that it then corrects.
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('hashes', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 3 }), (seed, value, version) => {
        expect(bucketOf(seed, value, version)).toBe(util.hash(seed, value, version));
      }),
      { numRuns: 3000 },
    );
  });

  it('cuts ranges', () => {
    fc.assert(
      fc.property(fc.nat(8), number, fc.option(fc.array(number, { maxLength: 8 })), (n, coverage, weights) => {
        const theirs = util.getBucketRanges(n, coverage, weights ?? undefined);
        expect(bucketRanges(n, coverage, weights)).toEqual(theirs);
        expect(equalWeights(n)).toEqual(util.getEqualWeights(n));
      }),
      { numRuns: 2000 },
    );
  });

  it('chooses', () => {
    fc.assert(
      fc.property(number, fc.array(fc.tuple(number, number), { maxLength: 6 }), (n, ranges) => {
        expect(chooseVariation(n, ranges)).toBe(util.chooseVariation(n, ranges));
      }),
    );
  });

  it('knows who is in a namespace', () => {
    fc.assert(
      fc.property(text, text, number, number, (value, id, from, to) => {
        expect(inNamespace(value, [id, from, to])).toBe(util.inNamespace(value, [id, from, to]));
      }),
    );
  });

  it('assigns: a whole experiment, run by the SDK', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 5 })
      .filter((parts) => parts.some((part) => part > 0))
      .map((parts) => parts.map((part) => part / parts.reduce((sum, each) => sum + each, 0)));
    const unit = text.filter((id) => id !== '');
    const key = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        key,
        unit,
        weights,
        fc.constantFrom(0.1, 0.5, 1),
        fc.constantFrom(1 as const, 2 as const),
        (seed, id, parts, share, version) => {
          const theirs = new GrowthBook({ attributes: { id } }).run({
            key: 'any-key',
            seed,
            hashVersion: version,
            variations: parts.map((_, i) => i) as [number, number, ...number[]],
            weights: parts,
            coverage: share,
          });
          const ours = createAllocation({ key: seed, weights: parts, share, version });
          if (!ours.ok) throw new Error(ours.error.kind);
          expect(assignVariant(ours.value, id)).toBe(theirs.inExperiment ? theirs.variationId : -1);
        },
      ),
      { numRuns: 500 },
    );
  });
});
