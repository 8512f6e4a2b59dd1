import type { Languages } from '../experiment-effect.ts';
import type { Candidate } from './candidate.ts';
import type { Order } from './order.ts';
import type { Say } from './say.ts';

/** What a variant makes of an offer in a placement. */
export type OfferChange =
  | { readonly use: 'default' }
  | { readonly use: 'nothing' }
  /** Null: it has no content for this kind. */
  | { readonly use: 'content'; readonly languages: Languages | null }
  | { readonly use: 'offer'; readonly instead: Candidate }
  /** Another rule says who is eligible: the experiment is on a segment. */
  | { readonly use: 'rule'; readonly rule: number };

/** An experiment that has a say in an offer. */
export interface OfferTouch {
  /** Of the experiment, in the ruleset. */
  readonly experiment: number;
  /** By position of the variant. */
  readonly changes: readonly OfferChange[];
  /** The same, for those who take part and are counted. */
  readonly says: readonly Say[];
  /** For experiments on a segment: whoever they hold out is as without them. */
  readonly isOnSegment: boolean;
}

/** What a variant makes of a placement. */
export type PlacementChange =
  | { readonly use: 'default' }
  | { readonly use: 'nothing' }
  | { readonly use: 'content'; readonly languages: Languages | null }
  /** This offer alone may appear. */
  | { readonly use: 'offer'; readonly only: Candidate }
  | { readonly use: 'ranker'; readonly order: Order };

/** An experiment on a placement, or on its ranker. */
export interface PlacementTouch {
  readonly experiment: number;
  readonly changes: readonly PlacementChange[];
  readonly isOnRanker: boolean;
}
