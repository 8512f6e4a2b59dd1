import type { Languages } from '../experiment-effect.ts';
import type { Candidate } from './candidate.ts';
import type { Order } from './order.ts';

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
