import { describe, expect, it } from 'vitest';
import { type ArmResult, learnShares, movesTraffic } from '../../../core/decision/ranking/learn-shares.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;
const RANKER = { id: 'learner', name: 'Learner', method: 'bandit', goal: 'click', exploration: 0.1 } as const;
const result = (arm: string, trials: number, sum: number, bucket = '', ageDays = 0): ArmResult => ({
  ranker: RANKER.id,
  bucket,
  stats: { arm, trials, sum, sumOfSquares: sum, at: (NOW - ageDays * DAY_MS) as Instant },
});
const learn = (results: readonly ArmResult[], arms = ['a', 'b']) =>
  learnShares([RANKER], () => arms, results, NOW)[RANKER.id];
const shareOf = (shares: ReturnType<typeof learn>, arm: string, bucket = '') =>
  shares?.[bucket]?.find((each) => each.arm === arm)?.share ?? Number.NaN;

describe('shares of traffic', () => {
  it('go to what achieved more, and never all of them', () => {
    const shares = learn([result('a', 200, 40), result('b', 200, 4)]);
    expect(shareOf(shares, 'a')).toBeCloseTo(0.95, 2);
    expect(shareOf(shares, 'b')).toBeGreaterThanOrEqual(0.05);
    expect(shareOf(shares, 'a') + shareOf(shares, 'b')).toBeCloseTo(1, 9);
  });

  it('are there for an arm that nobody has seen, and not for one that is no arm any more', () => {
    const shares = learn([result('a', 200, 40), result('gone', 500, 500)], ['a', 'b', 'new']);
    expect(shares?.['']?.map(({ arm }) => arm)).toEqual(['a', 'b', 'new']);
    expect(shareOf(shares, 'new')).toBeGreaterThan(0.1);
  });

  it('are those of a bucket where it is known well enough, else everybody’s', () => {
    const shares = learn([
      result('a', 300, 60, 'yes'),
      result('b', 300, 3, 'yes'),
      result('a', 300, 3, 'no'),
      result('b', 300, 60, 'no'),
      result('a', 5, 5, 'rare'),
    ]);
    expect(Object.keys(shares ?? {}).sort()).toEqual(['', 'no', 'yes']);
    expect(shareOf(shares, 'a', 'yes')).toBeGreaterThan(0.9);
    expect(shareOf(shares, 'a', 'no')).toBeLessThan(0.1);
  });

  it('forget: what was long ago counts less than what was lately', () => {
    const shares = learn([
      result('a', 400, 200, '', 300),
      result('b', 400, 0, '', 300),
      result('a', 200, 2),
      result('b', 200, 60),
    ]);
    expect(shareOf(shares, 'b')).toBeGreaterThan(0.9);
  });

  it('follow money where that is the goal', () => {
    const money = (arm: string, each: number): ArmResult => ({
      ranker: RANKER.id,
      bucket: '',
      stats: { arm, trials: 100, sum: 10 * each, sumOfSquares: 10 * each * each, at: NOW },
    });
    const shares = learnShares(
      [{ ...RANKER, goal: 'revenue' }],
      () => ['a', 'b'],
      [money('a', 200), money('b', 20)],
      NOW,
    );
    expect(shareOf(shares[RANKER.id], 'a')).toBeGreaterThan(0.9);
  });

  it('are none for one arm alone, and without results', () => {
    expect(learn([result('a', 10, 1)], ['a'])).toBeUndefined();
    expect(learn([])).toBeUndefined();
  });

  it('are the same for the same results, in whatever order they come', () => {
    const results = [
      result('a', 20, 3, 'x'),
      result('b', 30, 2, 'x'),
      result('a', 10, 1, 'y'),
      result('b', 15, 1, 'y'),
    ];
    expect(learn(results.toReversed())).toEqual(learn(results));
  });
});

it('traffic moves by a hundredth, or where there are other arms', () => {
  const of = (a: number, b: number) => ({
    r: {
      '': [
        { arm: 'a', share: a },
        { arm: 'b', share: b },
      ],
    },
  });
  expect(movesTraffic(of(0.5, 0.5), of(0.505, 0.495))).toBe(false);
  expect(movesTraffic(of(0.5, 0.5), of(0.52, 0.48))).toBe(true);
  expect(movesTraffic({}, of(0.5, 0.5))).toBe(true);
  expect(movesTraffic(of(0.5, 0.5), {})).toBe(true);
  expect(movesTraffic({}, {})).toBe(false);
});
