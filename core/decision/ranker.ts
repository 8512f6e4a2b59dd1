import type { Expression } from '../segment/language/expression.ts';

/** How the candidates of a placement are put in order. One file a method in ranking/. */
export const RANKING_METHODS = ['priority', 'formula', 'affinity', 'recommendation', 'bandit', 'manual'] as const;
export type RankingMethod = (typeof RANKING_METHODS)[number];

interface Base {
  readonly id: string;
  readonly name: string;
}

export type Ranker =
  | (Base & { readonly method: 'priority' })
  /** A number for each offer, higher first; unknown is last. `offer.priority`, `offer.tags` … stand for the offer's own. */
  | (Base & { readonly method: 'formula'; readonly expression: Expression })
  /** Sum over the offer's tags of the interest that a measure (a map of interests, or a favourite) holds. */
  | (Base & { readonly method: 'affinity'; readonly measure: string })
  /** By the place of the offer's item among what a recommendation strategy gives for the visitor. */
  | (Base & { readonly method: 'recommendation'; readonly strategy: string })
  /** Thompson sampling on what offers achieved, per bucket of context. */
  | (Base & {
      readonly method: 'bandit';
      readonly goal: 'click' | 'conversion' | 'revenue';
      /** Segments, or a path of the context, that divide visitors into buckets, at most 2. */
      readonly buckets?: readonly string[];
      /** Share of answers that every arm together gets at random: 0 to 0.5. */
      readonly exploration: number;
    })
  /** Offers in this order; those not named come last, by priority. */
  | (Base & { readonly method: 'manual'; readonly order: readonly string[] });
