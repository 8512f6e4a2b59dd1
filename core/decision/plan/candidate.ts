import { AUTH_STATES } from '../../event/event.ts';
import { fnv1a32 } from '../../lib/hash.ts';
import { purposeBit } from '../../policy/purposes.ts';
import type { CompiledCap, CompiledOffer } from '../compiled.ts';
import type { DecisionCap } from '../decision-window.ts';
import type { Languages } from '../experiment-effect.ts';
import { ledgerKey } from '../ledger.ts';
import type { ContentKind } from '../placement.ts';
import type { Say } from './say.ts';

/** A count of decisions that must stay below a cap. */
export interface CountedCap {
  /** Of the ledger. */
  readonly key: string;
  readonly cap: DecisionCap;
  /** Names the count in a receipt. */
  readonly name: string;
}

/** Caps of an offer in a placement, or of a placement. */
export interface CandidateCaps {
  /** Rules that are true while one more is allowed. Null: none. */
  readonly rules: readonly number[] | null;
  /** Of those with rules, what may be used once in an answer: nobody knows whether two more are allowed. */
  readonly once: readonly string[] | null;
  readonly counts: readonly CountedCap[] | null;
  /** What a decision is noted under: in the ledger, or within the answer. */
  readonly keys: readonly string[];
}

/** An offer in one placement, with all that can be known of it before anybody asks. One shape for all: the hot loop reads these. */
export interface Candidate {
  readonly offer: CompiledOffer;
  readonly id: string;
  /** Contents for the kind of the placement; null: none. */
  readonly languages: Languages | null;
  readonly needsValues: boolean;
  /** Position of the eligibility rule, -1 for everybody. */
  readonly rule: number;
  readonly from: number;
  readonly until: number;
  /** Position in AUTH_STATES: the visitor's must not be above. */
  readonly requires: number;
  readonly purposeBit: number;
  readonly suppression: readonly number[] | null;
  readonly caps: CandidateCaps | null;
  readonly isBudgeted: boolean;
  readonly exclusionGroup: string | null;
  /** Neither suppression, caps, budget nor needed values: what comes after the rule. */
  readonly isPlain: boolean;
  readonly hash: number;
  /** Experiments that have a say in it. */
  readonly touches: readonly OfferTouch[] | null;
}

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

const NO_END = Number.POSITIVE_INFINITY;

export function createCandidate(
  offer: CompiledOffer,
  placement: { readonly id: string; readonly kind: ContentKind },
  touches: readonly OfferTouch[] | null,
): Candidate {
  const languages = offer.contents[placement.kind] ?? null;
  const needsValues =
    languages !== null && Object.values(languages).some(({ needs }) => needs !== undefined && needs.length > 0);
  const suppression = offer.suppression.length > 0 ? offer.suppression : null;
  const caps = compileCaps(
    offer.caps.filter((cap) => cap.placement === null || cap.placement === placement.id),
    (cap) => ledgerKey(offer.id, cap.placement),
  );
  const isBudgeted = offer.budget !== undefined;
  return {
    offer,
    id: offer.id,
    languages,
    needsValues,
    rule: offer.rule ?? -1,
    from: offer.from ?? -NO_END,
    until: offer.until ?? NO_END,
    requires: AUTH_STATES.indexOf(offer.requires),
    purposeBit: purposeBit(offer.purpose),
    suppression,
    caps,
    isBudgeted,
    exclusionGroup: offer.exclusionGroup ?? null,
    isPlain: languages !== null && suppression === null && caps === null && !isBudgeted && !needsValues,
    hash: fnv1a32(offer.id),
    touches,
  };
}

/** Null: there are none. */
export function compileCaps(caps: readonly CompiledCap[], keyOf: (cap: CompiledCap) => string): CandidateCaps | null {
  if (caps.length === 0) return null;
  const rules: number[] = [];
  const once = new Set<string>();
  const counts: CountedCap[] = [];
  for (const cap of caps) {
    const key = keyOf(cap);
    if ('rule' in cap) {
      rules.push(cap.rule);
      once.add(key);
    } else counts.push({ key, cap, name: `${key}#${cap.decisions}/${cap.calendar ?? cap.windowMs ?? ''}` });
  }
  return {
    rules: rules.length > 0 ? rules : null,
    once: once.size > 0 ? [...once] : null,
    counts: counts.length > 0 ? counts : null,
    keys: [...new Set([...once, ...counts.map(({ key }) => key)])],
  };
}
