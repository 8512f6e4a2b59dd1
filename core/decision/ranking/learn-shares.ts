import { type ArmStats, createArm, joinArms } from '../../experiment/bandit/arm.ts';
import { contextPrior } from '../../experiment/bandit/context-prior.ts';
import { type ArmPrior, FLAT_PRIOR, type Reward } from '../../experiment/bandit/posterior.ts';
import { type ArmShare, shareTraffic } from '../../experiment/bandit/share-traffic.ts';
import type { Instant } from '../../lib/ids.ts';
import { DAY_MS } from '../../lib/instant.ts';
import type { BanditShares } from './bandit-shares.ts';
import type { RankerOf } from './ranking.ts';

/** What an offer achieved in one bucket within some time. */
export interface ArmResult {
  readonly ranker: string;
  readonly bucket: string;
  readonly stats: ArmStats;
}

/** What was learned a month ago counts half. */
const HALF_LIFE_MS = 30 * DAY_MS;
/** Draws of each arm. */
const DRAWS = 2_000;
/** A bucket has shares of its own from so many trials on; what all buckets know is worth as many. */
const BUCKET_TRIALS = 20;
/** Buckets of a ranker, those that were seen most. A text of the request divides visitors, and anybody can send a new one. */
const BUCKETS_KEPT = 50;

/** Divides the traffic of each ranker over its arms. `armsOf`: the offers it ranks now; what others achieved does not count. The same results give the same shares. */
export function learnShares(
  rankers: readonly RankerOf<'bandit'>[],
  armsOf: (ranker: string) => readonly string[],
  results: readonly ArmResult[],
  now: Instant,
): BanditShares {
  return Object.fromEntries(
    rankers.flatMap((ranker) => {
      const arms = armsOf(ranker.id);
      const own = results.filter(({ ranker: id, stats }) => id === ranker.id && arms.includes(stats.arm));
      return arms.length < 2 || own.length === 0 ? [] : [[ranker.id, sharesOf(ranker, arms, own, now)]];
    }),
  );
}

function sharesOf(
  { goal, exploration }: RankerOf<'bandit'>,
  arms: readonly string[],
  results: readonly ArmResult[],
  now: Instant,
): Readonly<Record<string, readonly ArmShare[]>> {
  const reward: Reward = goal === 'revenue' ? 'revenue' : 'conversion';
  const overall = sumUp(arms, results, now);
  const fallback = reward === 'revenue' ? priorOf([...overall.values()]) : FLAT_PRIOR;
  const settings = { reward, exploration, draws: DRAWS };
  const shares: Record<string, readonly ArmShare[]> = {
    '': shareTraffic([...overall.values()], { ...settings, priorOf: () => fallback }),
  };
  for (const [bucket, own] of largestBuckets(results)) {
    const stats = [...sumUp(arms, own, now).values()];
    if (stats.reduce((sum, { trials }) => sum + trials, 0) < BUCKET_TRIALS) continue;
    const prior = (arm: string) => contextPrior(overall.get(arm) ?? null, reward, BUCKET_TRIALS, fallback);
    shares[bucket] = shareTraffic(stats, { ...settings, priorOf: prior });
  }
  return shares;
}

/** By arm, those without results too; all as of now. */
function sumUp(arms: readonly string[], results: readonly ArmResult[], now: Instant): ReadonlyMap<string, ArmStats> {
  const sums = new Map(arms.map((arm) => [arm, createArm(arm, now)]));
  for (const { stats } of results) {
    const held = sums.get(stats.arm);
    if (held) sums.set(stats.arm, joinArms(held, stats, HALF_LIFE_MS));
  }
  return sums;
}

function largestBuckets(results: readonly ArmResult[]): readonly (readonly [string, readonly ArmResult[]])[] {
  const byBucket = new Map<string, ArmResult[]>();
  for (const each of results) {
    const held = byBucket.get(each.bucket);
    if (held) held.push(each);
    else if (each.bucket !== '') byBucket.set(each.bucket, [each]);
  }
  const trials = (all: readonly ArmResult[]) => all.reduce((sum, { stats }) => sum + stats.trials, 0);
  return [...byBucket]
    .sort(([a, one], [b, other]) => trials(other) - trials(one) || (a < b ? -1 : 1))
    .slice(0, BUCKETS_KEPT);
}

/** Of money: what a trial brought on average, over all arms. */
function priorOf(arms: readonly ArmStats[]): ArmPrior {
  const trials = Math.max(
    1,
    arms.reduce((sum, arm) => sum + arm.trials, 0),
  );
  const mean = arms.reduce((sum, arm) => sum + arm.sum, 0) / trials;
  const squares = arms.reduce((sum, arm) => sum + arm.sumOfSquares, 0) / trials;
  return { mean, variance: Math.max(1, squares - mean * mean), strength: 2 };
}

/** Whether traffic would go elsewhere: by a hundredth at least, or to other arms. */
export function movesTraffic(before: BanditShares, after: BanditShares): boolean {
  const [one, other] = [flat(before), flat(after)];
  if (one.size !== other.size) return true;
  return [...other].some(([key, share]) => Math.abs((one.get(key) ?? Number.POSITIVE_INFINITY) - share) >= 0.01);
}

function flat(shares: BanditShares): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(shares).flatMap(([ranker, buckets]) =>
      Object.entries(buckets).flatMap(([bucket, arms]) =>
        arms.map(({ arm, share }) => [JSON.stringify([ranker, bucket, arm]), share] as const),
      ),
    ),
  );
}
