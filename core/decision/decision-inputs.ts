import type { Instant } from '../lib/ids.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import type { CompiledOffer } from './compiled.ts';
import type { Fill } from './content/compiled-content.ts';
import type { CountedCap } from './plan/candidate.ts';
import type { PlacementPlan } from './plan/decision-plan.ts';
import type { Ranking, Scores } from './ranking/ranking.ts';

/** What a person has of an experiment. */
export type Standing =
  | { readonly is: 'variant'; readonly variant: number; readonly isForced: boolean; readonly isCounted: boolean }
  | { readonly is: 'held' };

/** Everything that deciding asks while it runs: of a visitor, or of a receipt. The same answers give the same decision. */
export interface DecisionInputs {
  readonly now: Instant;
  /** Position in AUTH_STATES. */
  readonly state: number;
  readonly consented: PurposeMask;
  readonly members: Uint8Array;
  /** Divides ties; null: they go to the lower id. */
  readonly tieHash: number | null;
  readonly languages: readonly string[];
  /** By placement: the offer that a preview asks for. Null: this is no preview. */
  readonly preview: Readonly<Record<string, string>> | null;
  /** Null: takes no part. */
  standing(experiment: number): Standing | null;
  /** Decisions that count for a cap before this answer. */
  counted(cap: CountedCap): number;
  lease(offer: string): number;
  /** Whether a template may show something at the path. */
  hasValue(path: string, item: string | null): boolean;
  fill(paths: readonly string[], item: string | null): Fill;
  /** `slot`: position in the wanted placements. */
  score(
    slot: number,
    plan: PlacementPlan,
    ranking: Extract<Ranking, { readonly is: 'scored' }>,
    fitting: readonly CompiledOffer[],
  ): Scores;
}
