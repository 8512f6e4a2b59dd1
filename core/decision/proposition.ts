import type { JsonValue } from '../lib/json.ts';
import type { ContentKind } from './offer.ts';

/** Why a placement got what it got. Closed list: docs, SDK types and reports derive from it. */
export const REASONS = {
  eligible: 'the offer of the highest priority for which this profile qualifies',
  noneEligible: 'offers exist, none fits this profile now: the fallback',
  noOffers: 'no offer names this placement: the fallback',
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
  lowerPriority: 'another offer of higher priority took the placement',
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
  readonly content: JsonValue;
  readonly reason: Reason;
}

export interface OfferTrace {
  readonly placement: string;
  readonly offer: string;
  /** null: it won. */
  readonly rejection: Rejection | null;
}
