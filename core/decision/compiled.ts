import type { Instant } from '../lib/ids.ts';
import type { CapUnit } from './cap.ts';
import type { CompiledContent } from './content/compiled-content.ts';
import type { Offer } from './offer.ts';
import type { ContentKind, Placement } from './placement.ts';
import type { Ranker } from './ranker.ts';

/** A cap in the live ruleset: a rule of the program, or a count of decisions. */
export type CompiledCap =
  /** The rule at this position is true while one more is allowed. `placement`: for that placement alone; null: wherever its owner is. */
  | { readonly rule: number; readonly placement: string | null }
  /** A decision counts while now − at ≤ `windowMs`, or while now is in the same `calendar` unit; both null: ever. */
  | {
      readonly decisions: number;
      readonly windowMs: number | null;
      readonly calendar: CapUnit | null;
      readonly placement: string | null;
    };

export interface CompiledOffer
  extends Pick<
    Offer,
    'id' | 'name' | 'placements' | 'priority' | 'purpose' | 'requires' | 'tags' | 'item' | 'exclusionGroup' | 'budget'
  > {
  /** Position of the eligibility rule in the program, null for everybody. */
  readonly rule: number | null;
  readonly from: Instant | null;
  readonly until: Instant | null;
  readonly caps: readonly CompiledCap[];
  /** Positions of rules that are true while it is not suppressed. */
  readonly suppression: readonly number[];
  /** Contents by kind, then by language; the language '' is everybody's. Kinds of its placements only. */
  readonly contents: { readonly [K in ContentKind]?: Readonly<Record<string, CompiledContent>> };
}

export interface CompiledPlacement extends Omit<Placement, 'caps' | 'fallback'> {
  readonly caps: readonly CompiledCap[];
  readonly fallback: CompiledContent;
}

/** Scores by offer are cells of the program: the value of `cells[offer]` now. An offer without a cell has no score and is last. */
export type CompiledRanker =
  | Exclude<Ranker, { readonly method: 'formula' | 'affinity' }>
  | {
      readonly id: string;
      readonly name: string;
      readonly method: 'formula';
      readonly cells: Readonly<Record<string, number>>;
    }
  | { readonly id: string; readonly name: string; readonly method: 'affinity'; readonly cell: number };
