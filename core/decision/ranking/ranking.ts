import type { Instant } from '../../lib/ids.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Value } from '../../segment/runtime/value.ts';
import type { CompiledOffer, CompiledRanker } from '../compiled.ts';
import type { Ranker, RankingMethod } from '../ranker.ts';
import type { BanditShares } from './bandit-shares.ts';

/** What a ranker may ask about the visitor and the request. */
export interface RankingSubject {
  readonly now: Instant;
  /** Seeds what is drawn: the same for the same visitor, request and placement. */
  readonly seed: string;
  readonly placement: string;
  /** How many offers the placement takes. */
  readonly count: number;
  readonly context: JsonObject;
  value(cell: number): Value;
  /** Whether the visitor is in the segment; null: there is none of that id. */
  member(segment: string): boolean | null;
  /** Ids of catalogue items, the best first. */
  recommend(strategy: string): readonly string[];
  readonly shares: BanditShares | undefined;
}

/** What a bandit is to bring about. */
export type BanditGoal = Extract<Ranker, { readonly method: 'bandit' }>['goal'];

/** By position in the offers that were given: higher first, null last. `propensities`: with which probability each would have come first. */
export interface Scores {
  readonly scores: readonly (number | null)[];
  readonly propensities?: readonly number[];
  /** Whom a bandit learns from by this draw. */
  readonly drawnFor?: { readonly ranker: string; readonly bucket: string; readonly goal: BanditGoal };
}

/** What a ranker is once a ruleset is live. Equal ranks and scores: by priority, then by the hash of visitor and offer. */
export type Ranking =
  /** The same for everybody: known before anybody asks. */
  | { readonly is: 'static'; rank(offer: CompiledOffer): number }
  | { readonly is: 'scored'; score(subject: RankingSubject, fitting: readonly CompiledOffer[]): Scores };

export type RankerOf<M extends RankingMethod> = Extract<CompiledRanker, { readonly method: M }>;
