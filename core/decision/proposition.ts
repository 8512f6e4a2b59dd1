import type { JsonValue } from '../lib/json.ts';
import type { Fill } from './content/compiled-content.ts';
import type { ContentKind } from './placement.ts';

/** Why a placement got what it got. Closed list: docs, SDK types and reports derive from it. */
export const REASONS = {
  eligible: 'the best-ranked offer for which this profile qualifies',
  assigned: 'an experiment decides what this person sees here',
  forced: 'a preview link asked for it: never counted',
  noneEligible: 'offers exist, none fits this profile now: the fallback',
  noOffers: 'no offer names this placement: the fallback',
  holdout: 'this person is kept out of offers, so that their effect can be measured: the fallback',
  outranked: 'offers fit, but other placements of the answer took them: the fallback',
  capped: 'the placement has been used as often as it may: the fallback',
  unknownPlacement: 'the live ruleset has no such placement: nothing',
  degraded: 'the profile did not answer within its time budget: the fallback',
  limited: 'too many new visitors from this address: a stateless fallback',
  bot: 'an automated reader: a stateless fallback',
  prefetch: 'the page is only being prefetched: a stateless fallback',
} as const;
export type Reason = keyof typeof REASONS;

/** Why one offer was passed over. */
export const REJECTIONS = {
  notInAudience: 'the eligibility rule is not true for this profile',
  notYet: 'its schedule has not begun',
  over: 'its schedule has ended',
  authState: 'it needs a stronger authentication state',
  consent: 'its purpose is not consented to',
  suppressed: 'something the person did rules it out, such as buying it',
  capped: 'the person has had it as often as they may',
  placementCapped: 'the placement has been used as often as it may',
  budgetSpent: 'its budget is spent, or no part of it is at hand',
  missingValue: 'its content needs a value that this profile does not have, or that may not be shown now',
  noContent: 'it has no content for this kind of placement',
  excluded: 'another offer of its exclusion group is in the answer',
  repeated: 'another placement of the dedupe group shows it',
  variant: 'an experiment gives this person something else here',
  holdout: 'this person is kept out of offers, so that their effect can be measured',
  lowerPriority: 'another offer, ranked higher, took the placement',
} as const;
export type Rejection = keyof typeof REJECTIONS;

/** The answer for one placement. */
export interface Proposition {
  /** `prp_…`; echo it in proposition.displayed, clicked and dismissed. */
  readonly id: string;
  readonly placement: string;
  readonly kind: ContentKind | null;
  /** null: the fallback, or nothing. */
  readonly offer: string | null;
  /** Experiment and variant that had a say in it, when one had. */
  readonly experiment?: string;
  readonly variant?: string;
  readonly content: JsonValue;
  readonly reason: Reason;
  /** Language of the content, where the offer has translations. */
  readonly language?: string;
  /** Between object and edge only: what templates are filled with. Never leaves for a caller. */
  readonly fill?: Fill;
}

export interface OfferTrace {
  readonly placement: string;
  readonly offer: string;
  /** null: it won. */
  readonly rejection: Rejection | null;
  /** What the ranker gave it, where it came so far. */
  readonly score?: number;
}
