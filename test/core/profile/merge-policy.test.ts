import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant, SourceId } from '../../../core/lib/ids.ts';
import type { JsonValue } from '../../../core/lib/json.ts';
import { type Merged, mergedAttributes } from '../../../core/profile/merge.ts';
import { joinValues, type SaidValue, type StoredValue, storeValue } from '../../../core/profile/stored-value.ts';
import { createStrand, type Strand } from '../../../core/profile/strand.ts';

const said = (source: string, at: number, value: JsonValue): SaidValue => ({
  source: source as SourceId,
  at: at as Instant,
  value,
});
const stored = (...values: readonly SaidValue[]): StoredValue =>
  values.reduce<StoredValue | undefined>((held, one) => storeValue(held, one) ?? held, undefined) as StoredValue;
const strandOf = (value: string, ...values: readonly SaidValue[]): Strand => {
  const strand = createStrand({ namespace: 'crm', value }, 'verified', 1, 0 as Instant);
  strand.attributes.tier = stored(...values);
  return strand;
};
const merged = (attribute: Merged, ...strands: readonly Strand[]) =>
  mergedAttributes(strands, new Map([['tier', attribute]])).get('tier');
const text = (...sources: readonly string[]): Merged => ({ type: 'string', merge: { sources, lists: 'replace' } });

describe('without a policy', () => {
  it('the newest wins over all strands and sources, and null removes', () => {
    const plain: Merged = { type: 'string' };
    expect(merged(plain, strandOf('a', said('crm', 5, 'gold')), strandOf('b', said('web', 7, 'silver')))).toBe(
      'silver',
    );
    expect(merged(plain, strandOf('a', said('crm', 5, 'gold'), said('web', 9, null)))).toBeUndefined();
    expect(merged(plain, strandOf('a', said('crm', 9, 'gold'), said('web', 5, null)))).toBe('gold');
  });

  it('an object is one value: the winner counts whole', () => {
    const older = said('crm', 1, { street: 'A', city: 'B' });
    expect(merged({ type: 'string' }, strandOf('a', older, said('web', 2, { street: 'C' })))).toEqual({ street: 'C' });
  });
});

describe('with an order of sources', () => {
  it('the first source that has a value wins, however old it is and through whichever strand it came', () => {
    const strands = [
      strandOf('a', said('web', 9, 'silver')),
      strandOf('b', said('crm', 1, 'gold'), said('till', 3, 'bronze')),
    ];
    expect(merged(text('crm', 'till'), ...strands)).toBe('gold');
    expect(merged(text('till', 'crm'), ...strands)).toBe('bronze');
  });

  it('null takes that source’s value away, and the next one speaks', () => {
    const values = [said('crm', 1, 'gold'), said('till', 3, 'bronze'), said('crm', 9, null)];
    expect(merged(text('crm', 'till'), strandOf('a', ...values))).toBe('bronze');
    expect(merged(text('crm'), strandOf('a', said('crm', 1, 'gold'), said('crm', 2, null)))).toBeUndefined();
  });

  it('sources without a place come last, the newest of them first', () => {
    expect(merged(text('crm'), strandOf('a', said('x', 5, 'x'), said('y', 6, 'y')))).toBe('y');
  });

  it('a strand that leaves takes its values along', () => {
    const [a, b] = [strandOf('a', said('crm', 1, 'gold')), strandOf('b', said('till', 3, 'bronze'))];
    expect(merged(text('crm', 'till'), a, b)).toBe('gold');
    a.state = 'gone';
    expect(merged(text('crm', 'till'), a, b)).toBe('bronze');
  });
});

it('lists are joined when that is asked for: each member once, those of the first sources first', () => {
  const list: Merged = { type: 'list', merge: { sources: ['crm'], lists: 'join' } };
  const strand = strandOf('a', said('web', 5, ['shoes', 'hats']), said('crm', 1, ['hats', 'bags']));
  expect(merged(list, strand)).toEqual(['hats', 'bags', 'shoes']);
  expect(merged({ type: 'list' }, strand)).toEqual(['shoes', 'hats']);
});

describe('what is kept', () => {
  const arbitrary = fc.array(
    fc.record({
      source: fc.constantFrom('a', 'b', 'c'),
      at: fc.integer({ min: 0, max: 50 }),
      value: fc.constantFrom<JsonValue>('x', 'y', null),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const distinct = (values: readonly { readonly at: number }[]) =>
    new Set(values.map(({ at }) => at)).size === values.length;

  it('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(arbitrary.filter(distinct), fc.infiniteStream(fc.nat()), (values, random) => {
        const all = values.map(({ source, at, value }) => said(source, at, value));
        const shuffled = [...all].sort(() => ((random.next().value as number) % 2) - 0.5);
        expect(stored(...shuffled)).toEqual(stored(...all));
      }),
    );
  });

  it('is the same in two strands that join as in one', () => {
    fc.assert(
      fc.property(arbitrary.filter(distinct), fc.nat(12), (values, cut) => {
        const all = values.map(({ source, at, value }) => said(source, at, value));
        const [left, right] = [all.slice(0, cut), all.slice(cut)];
        fc.pre(left.length > 0 && right.length > 0);
        expect(joinValues(stored(...left), stored(...right))).toEqual(stored(...all));
      }),
    );
  });

  it('is bounded: of more than five sources the newest five', () => {
    const many = Array.from({ length: 9 }, (_, i) => said(`s${i}`, i, i));
    expect([...(stored(...many).others ?? []), stored(...many)].map(({ at }) => at).sort()).toEqual([4, 5, 6, 7, 8]);
  });
});
