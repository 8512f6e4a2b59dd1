import { AUTH_STATES, type AuthState } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { type PurposeMask, purposeBit } from '../policy/purposes.ts';
import type { CompiledOffer, Placement } from './offer.ts';
import type { OfferTrace, Proposition, Reason, Rejection } from './proposition.ts';

/** The part of a live ruleset that deciding reads. Offers of a placement are in order of priority, best first. */
export interface DecisionRules {
  readonly placements: ReadonlyMap<string, Placement>;
  readonly offersByPlacement: ReadonlyMap<string, readonly CompiledOffer[]>;
}

/** Everything about the visitor that deciding may use. */
export interface DecisionSubject {
  readonly now: Instant;
  readonly state: AuthState;
  /** Purposes consented to now. */
  readonly consented: PurposeMask;
  /** 1 where the program's rule at that position is true. */
  readonly members: Uint8Array;
}

export interface Decisions {
  readonly propositions: readonly Proposition[];
  readonly trace: readonly OfferTrace[] | null;
}

/** Chooses for each placement the first offer that fits: eligibility, schedule, authentication state, consent. Pure; same input, same answer. */
export function decidePlacements(
  rules: DecisionRules,
  subject: DecisionSubject,
  placements: readonly string[],
  requestId: string,
  withTrace: boolean,
): Decisions {
  const trace: OfferTrace[] | null = withTrace ? [] : null;
  const propositions = placements.map((name, i) => {
    const id = `prp_${requestId}_${i}`;
    const placement = rules.placements.get(name);
    if (!placement) return nothing(id, name);
    const offers = rules.offersByPlacement.get(name) ?? [];
    const chosen = firstFitting(offers, subject, name, trace);
    if (!chosen) return fallback(id, placement, offers.length === 0 ? 'noOffers' : 'noneEligible');
    return {
      id,
      placement: name,
      kind: placement.kind,
      offer: chosen.id,
      content: chosen.content,
      reason: 'eligible' as const,
    };
  });
  return { propositions, trace };
}

/** Answers without a profile: what stands in the ruleset as fallback, and why nothing better was tried. */
export function decideFallbacks(
  rules: DecisionRules,
  placements: readonly string[],
  requestId: string,
  reason: Reason,
): readonly Proposition[] {
  return placements.map((name, i) => {
    const placement = rules.placements.get(name);
    const id = `prp_${requestId}_${i}`;
    return placement ? fallback(id, placement, reason) : nothing(id, name);
  });
}

function firstFitting(
  offers: readonly CompiledOffer[],
  subject: DecisionSubject,
  placement: string,
  trace: OfferTrace[] | null,
): CompiledOffer | null {
  let chosen: CompiledOffer | null = null;
  for (const offer of offers) {
    const rejection: Rejection | null = chosen ? 'lowerPriority' : rejectionOf(offer, subject);
    if (rejection === null) chosen = offer;
    if (trace) trace.push({ placement, offer: offer.id, rejection });
    else if (chosen) return chosen;
  }
  return chosen;
}

function rejectionOf(offer: CompiledOffer, subject: DecisionSubject): Rejection | null {
  if (offer.from !== null && subject.now < offer.from) return 'notYet';
  if (offer.until !== null && subject.now >= offer.until) return 'over';
  if (AUTH_STATES.indexOf(subject.state) > AUTH_STATES.indexOf(offer.requires)) return 'authState';
  if ((subject.consented & purposeBit(offer.purpose)) === 0) return 'consent';
  if (offer.rule !== null && subject.members[offer.rule] !== 1) return 'notInAudience';
  return null;
}

function fallback(id: string, placement: Placement, reason: Reason): Proposition {
  return { id, placement: placement.id, kind: placement.kind, offer: null, content: placement.fallback, reason };
}

function nothing(id: string, placement: string): Proposition {
  return { id, placement, kind: null, offer: null, content: null, reason: 'unknownPlacement' };
}
