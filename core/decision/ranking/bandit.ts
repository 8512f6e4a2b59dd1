import { chooseArm } from '../../experiment/bandit/choose-arm.ts';
import type { ArmShare } from '../../experiment/bandit/share-traffic.ts';
import { readPath } from '../../lib/json.ts';
import { type BanditShares, bucketName } from './bandit-shares.ts';
import type { RankerOf, Ranking, RankingSubject } from './ranking.ts';

/** A place of the answer is drawn by the shares of traffic that a job gave the arms; those behind it stand in the order of their shares. */
export function rankByBandit({ id, goal, buckets = [] }: RankerOf<'bandit'>): Ranking {
  return {
    is: 'scored',
    score: (subject, fitting) => {
      const bucket = bucketName(buckets.map((each) => divider(subject, each)));
      const known = sharesFor(subject.shares, id, bucket);
      // An arm that nobody has counted yet gets as much as each would if all were alike.
      const arms = fitting.map(({ id: arm }) => ({ arm, share: known.get(arm) ?? 1 / fitting.length }));
      const places = new Map(fitting.map((offer, place) => [offer.id, place]));
      const scores: number[] = arms.map(({ share }) => share - 1);
      const propensities: number[] = arms.map(() => 0);
      let left: readonly ArmShare[] = arms;
      for (let drawn = 0; drawn < subject.count && left.length > 0; drawn++) {
        const chosen = chooseArm(left, `${subject.seed}/${subject.placement}/${drawn}`);
        if (!chosen) break;
        const place = places.get(chosen.arm) as number;
        scores[place] = subject.count - drawn;
        propensities[place] = chosen.propensity;
        left = left.filter(({ arm }) => arm !== chosen.arm);
      }
      return { scores, propensities, drawnFor: { ranker: id, bucket, goal } };
    },
  };
}

function sharesFor(shares: BanditShares | undefined, ranker: string, bucket: string): ReadonlyMap<string, number> {
  const ofRanker = shares && Object.hasOwn(shares, ranker) ? shares[ranker] : undefined;
  const found = ofRanker && Object.hasOwn(ofRanker, bucket) ? ofRanker[bucket] : ofRanker?.[''];
  return new Map((found ?? []).map(({ arm, share }) => [arm, share]));
}

function divider(subject: RankingSubject, bucket: string): string | boolean | null {
  const member = subject.member(bucket);
  if (member !== null) return member;
  const value = readPath(subject.context, bucket.split('.'));
  return typeof value === 'string' || typeof value === 'boolean'
    ? value
    : typeof value === 'number'
      ? `${value}`
      : null;
}
