import type { Identity } from '../event/event.ts';
import type { Instant, ProfileId, Sequence } from '../lib/ids.ts';
import type { ExplainPlan } from '../segment/explain/explain-plan.ts';
import type { ExplainOutcome } from '../segment/explain/run-explanation.ts';
import type { Membership } from './memberships.ts';

/** Asks one profile why a rule is true for it, or is not. */
export interface ExplainCommand {
  /** Whom the caller means: the answer may be that they moved. Null: whoever is here. */
  readonly identity: Identity | null;
  /** The live segment, or hidden segment of an offer, whose rule it is; null: of none. */
  readonly segment: string | null;
  readonly plan: ExplainPlan;
  /** How far to look ahead. */
  readonly horizonMs: number;
}

export type ExplainReply =
  | ExplainedProfile
  /** The identity lives at another profile now; ask there. */
  | { readonly kind: 'moved'; readonly to: ProfileId }
  /** Nobody is here, or not this identity. */
  | { readonly kind: 'unknown' };

export interface ExplainedProfile {
  readonly kind: 'explained';
  readonly profile: ProfileId;
  /** Ruleset that the profile has applied. */
  readonly sequence: Sequence;
  /** As recorded at the last visit or alarm; null: never a member, or no record is kept. */
  readonly membership: Membership | null;
  /** Latest event that the segment would need in full, but that the profile keeps only in sums; null: its membership is exact. */
  readonly approximateSince: Instant | null;
  /** From all events in full. */
  readonly outcome: ExplainOutcome;
}
