import type { CompiledRanker } from '../compiled.ts';
import type { RankingMethod } from '../ranker.ts';
import { rankByAffinity } from './affinity.ts';
import { rankByBandit } from './bandit.ts';
import { rankByFormula } from './formula.ts';
import { rankManually } from './manual.ts';
import { rankByPriority } from './priority.ts';
import type { RankerOf, Ranking } from './ranking.ts';
import { rankByRecommendation } from './recommendation.ts';

const RANKINGS = {
  priority: rankByPriority,
  formula: rankByFormula,
  affinity: rankByAffinity,
  recommendation: rankByRecommendation,
  bandit: rankByBandit,
  manual: rankManually,
} as const satisfies { readonly [M in RankingMethod]: (ranker: RankerOf<M>) => Ranking };

/** A ranker ready for use; null is the ranker of a placement that names none. */
export function createRanking(ranker: CompiledRanker | null): Ranking {
  if (ranker === null) return rankByPriority();
  const create: (ranker: never) => Ranking = RANKINGS[ranker.method];
  return create(ranker as never);
}
