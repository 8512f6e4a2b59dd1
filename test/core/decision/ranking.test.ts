import { describe, expect, it } from 'vitest';
import type { CompiledRanker } from '../../../core/decision/compiled.ts';
import { decidePlacements } from '../../../core/decision/decide.ts';
import type { DecisionSubject } from '../../../core/decision/decision-subject.ts';
import { RANKING_METHODS } from '../../../core/decision/ranker.ts';
import { bucketName } from '../../../core/decision/ranking/bandit-shares.ts';
import { createRanking } from '../../../core/decision/ranking/registry.ts';
import { MovingMap, MovingNumber, type Value } from '../../../core/segment/runtime/value.ts';
import { offer, placement, rulesOf, subject } from './build-rules.ts';

const OFFERS = [
  offer('a', { tags: ['shoes'], item: 'i1' }),
  offer('b', { tags: ['bags', 'sale'], item: 'i2', priority: 1 }),
  offer('c', { tags: ['shoes', 'sale'], item: 'i3' }),
  offer('d', { priority: 2 }),
];

/** Offers in the order that a placement for all of them shows. */
function order(ranker: CompiledRanker, who: Partial<DecisionSubject> = {}, more: Parameters<typeof rulesOf>[1] = {}) {
  const rules = rulesOf(
    { placements: [placement('hero', { count: 4, ranker: ranker.id })], offers: OFFERS, rankers: [ranker] },
    more,
  );
  return decidePlacements(rules, subject(who), ['hero'], { requestId: 'r' }).propositions.map((each) => each.offer);
}
const moving = (value: number) =>
  new MovingNumber(
    () => value,
    () => () => value,
  );

describe('rankers', () => {
  it('by priority', () => {
    expect(order({ id: 'r', name: '', method: 'priority' })).toEqual(['d', 'b', 'a', 'c']);
  });

  it('by hand: those that are named, then by priority', () => {
    expect(order({ id: 'r', name: '', method: 'manual', order: ['c', 'gone', 'a'] })).toEqual(['c', 'a', 'd', 'b']);
  });

  it('by a formula, unknown last; no number is unknown', () => {
    const values: Readonly<Record<number, Value>> = { 0: 1.5, 1: moving(2), 2: 'text', 3: Number.NaN };
    const ranker = { id: 'r', name: '', method: 'formula' as const, cells: { a: 0, b: 1, c: 2, d: 3 } };
    expect(order(ranker, { value: (cell) => values[cell] ?? null })).toEqual(['b', 'a', 'd', 'c']);
    expect(order(ranker)).toEqual(['d', 'b', 'a', 'c']);
  });

  it.each<[string, Value, readonly string[]]>([
    ['a favourite', 'shoes', ['a', 'c', 'd', 'b']],
    ['favourites in order', ['bags', 'shoes'], ['b', 'a', 'c', 'd']],
    ['a map', { shoes: 1, sale: 2 }, ['c', 'b', 'a', 'd']],
    [
      'interests that decay',
      new MovingMap(
        new Map<string, Value>([
          ['bags', moving(5)],
          ['shoes', 1],
        ]),
      ),
      ['b', 'a', 'c', 'd'],
    ],
    ['nothing', null, ['d', 'b', 'a', 'c']],
  ])('by affinity with %s', (_, value, expected) => {
    expect(
      order({ id: 'r', name: '', method: 'affinity', cell: 7 }, { value: (cell) => (cell === 7 ? value : null) }),
    ).toEqual(expected);
  });

  it('by what is recommended', () => {
    const recommend = (strategy: string) => (strategy === 's' ? ['i3', 'i9', 'i1'] : []);
    expect(order({ id: 'r', name: '', method: 'recommendation', strategy: 's' }, { recommend })).toEqual([
      'c',
      'a',
      'd',
      'b',
    ]);
  });

  it('there is one for every method, and a placement whose ranker is gone goes by priority', () => {
    const rules = rulesOf({ placements: [placement('hero', { ranker: 'gone' })], offers: OFFERS });
    expect(decidePlacements(rules, subject(), ['hero'], { requestId: 'r' }).propositions[0]?.offer).toBe('d');
    expect(
      RANKING_METHODS.map((method) => createRanking({ id: 'r', name: '', method, order: [] } as never).is),
    ).toEqual(['static', 'scored', 'scored', 'scored', 'scored', 'static']);
  });
});

describe('a bandit', () => {
  const ranker = {
    id: 'r',
    name: '',
    method: 'bandit' as const,
    goal: 'click' as const,
    exploration: 0.1,
    buckets: ['gold', 'page.type'],
  };
  const shares = (bucket: string, of: Readonly<Record<string, number>>) => ({
    bandit: { r: { [bucket]: Object.entries(of).map(([arm, share]) => ({ arm, share })) } },
    positions: new Map([['gold', 2]]),
  });
  const first = (unit: string, more: Parameters<typeof rulesOf>[1], who: Partial<DecisionSubject> = {}) => {
    const rules = rulesOf(
      { placements: [placement('hero', { ranker: 'r' })], offers: OFFERS, rankers: [ranker] },
      more,
    );
    const options = { requestId: 'r', receipt: { sequence: 1 as never, profile: null } };
    const done = decidePlacements(rules, subject({ unit, ...who }), ['hero'], options);
    return { offer: done.propositions[0]?.offer, propensity: done.receipt?.shown[0]?.propensity };
  };

  it('divides people by the shares of their bucket, with the chance of each logged', () => {
    const of = { a: 0.7, b: 0.1, c: 0.1, d: 0.1 };
    const drawn = Array.from({ length: 2000 }, (_, i) => first(`prf_${i}`, shares('', of)));
    const share = drawn.filter((each) => each.offer === 'a').length / drawn.length;
    expect(Math.abs(share - 0.7)).toBeLessThan(0.05);
    for (const each of drawn) expect(each.propensity).toBeCloseTo(of[each.offer as 'a'], 10);
    expect(first('prf_1', shares('', of))).toEqual(first('prf_1', shares('', of)));
  });

  it('knows buckets by segments and by the context', () => {
    expect(bucketName([true, null, 'home', false])).toBe('yes|-|home|no');
    const context = { page: { type: 'home' } };
    const members = Uint8Array.of(0, 0, 1);
    const only = shares('yes|home', { a: 0, b: 0, c: 1, d: 0 });
    expect(first('prf_1', only, { members, context })).toEqual({ offer: 'c', propensity: 1 });
    const elsewhere = first('prf_1', only, { members });
    expect(elsewhere.propensity).toBe(0.25);
  });
});
