import type { Arbitration } from './arbitrate.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { Languages } from './experiment-effect.ts';
import { isCapped, rejectionOf } from './fits.ts';
import type { Candidate } from './plan/candidate.ts';
import type { PlacementPlan } from './plan/decision-plan.ts';
import type { Order } from './plan/order.ts';
import { type ResolvedOffer, resolveOffer } from './plan/resolve-offer.ts';
import { AS_CONFIGURED, type ResolvedPlacement } from './plan/resolve-placement.ts';
import { type Say, strongerSay } from './plan/say.ts';
import type { OfferTrace, Rejection } from './proposition.ts';

type StaticOrder = Extract<Order, { readonly is: 'static' }>;

/** One offer for a placement. */
export interface Pick {
  readonly candidate: Candidate;
  readonly languages: Languages;
  readonly score: number | null;
  readonly propensity: number | null;
  readonly say: Say | null;
}

/** What keeps a placement empty, of what was met: the first in this order is its reason. By bit. */
const EMPTY_BECAUSE = ['placementCapped', 'holdout', 'variant', 'taken'] as const;
export type EmptyBecause = (typeof EMPTY_BECAUSE)[number];

interface Ranked {
  readonly candidate: Candidate;
  readonly score: number | null;
  readonly propensity: number | null;
}

/**
 * Fills placements, one after the other: candidates in the order of the ranker, each taken that fits by itself and beside what the answer holds. One for an answer;
 * what it tells is about the placement that was filled last.
 */
export class PlacementChoice {
  readonly picks: Pick[] = [];
  /** Of experiments on the placement, and of those that kept better-ranked offers out. */
  #say: Say | null = null;
  #plan: PlacementPlan;
  #resolved: ResolvedPlacement;
  #isCapped = false;
  #met = 0;
  readonly #inputs: DecisionInputs;
  readonly #arbitration: Arbitration;
  readonly #trace: OfferTrace[] | null;

  constructor(plan: PlacementPlan, inputs: DecisionInputs, arbitration: Arbitration, trace: OfferTrace[] | null) {
    this.#plan = plan;
    this.#resolved = AS_CONFIGURED;
    this.#inputs = inputs;
    this.#arbitration = arbitration;
    this.#trace = trace;
  }

  get emptyBecause(): EmptyBecause | null {
    return EMPTY_BECAUSE.find((_, bit) => (this.#met & (1 << bit)) !== 0) ?? null;
  }

  /** The experiment that may be why the placement stays empty. */
  get say(): Say | null {
    return this.#say;
  }

  fill(slot: number, plan: PlacementPlan, resolved: ResolvedPlacement): void {
    this.#plan = plan;
    this.#resolved = resolved;
    this.picks.length = 0;
    this.#say = resolved.say;
    this.#met = 0;
    this.#isCapped = plan.caps !== null && isCapped(plan.caps, this.#inputs);
    const order = resolved.order ?? plan.order;
    if (order.is === 'static') this.#walk(order);
    else this.#walkScored(slot, order);
    const { only } = resolved;
    if (only !== null && !plan.candidates.includes(only)) this.#consider(only, null, null);
  }

  #walk(order: StaticOrder): void {
    const { candidates, ends, gates } = order;
    const { members } = this.#inputs;
    const all = this.#trace !== null;
    const { length } = candidates;
    for (let start = 0; start < length; ) {
      const end = ends[start] as number;
      if (end - start > 1) this.#walkEquals(order, start, end);
      else {
        const gate = gates[start] as number;
        if (all || gate < 0 || members[gate] === 1) this.#consider(candidates[start] as Candidate, null, null);
      }
      if (!all && this.#isFull()) return;
      start = end;
    }
  }

  /** Equals stand in the order of the visitor's hash. */
  #walkEquals({ candidates, gates }: StaticOrder, start: number, end: number): void {
    const { members, tieHash } = this.#inputs;
    const all = this.#trace !== null;
    let equals: Candidate[] = [];
    for (let i = start; i < end; i++) {
      const gate = gates[i] as number;
      if (all || gate < 0 || members[gate] === 1) equals.push(candidates[i] as Candidate);
    }
    if (tieHash !== null && equals.length > 1) {
      // Mostly one is wanted, and it fits: no need to sort.
      const first = firstOf(equals, tieHash);
      this.#consider(first, null, null);
      if (!all && this.#isFull()) return;
      equals = equals.filter((candidate) => candidate !== first).sort((a, b) => compareTies(a, b, tieHash));
    }
    for (const candidate of equals) {
      if (!all && this.#isFull()) return;
      this.#consider(candidate, null, null);
    }
  }

  #walkScored(slot: number, { ranking }: Extract<Order, { readonly is: 'scored' }>): void {
    const fitting = this.#plan.candidates.filter((candidate) => this.#fits(candidate));
    const offers = fitting.map(({ offer }) => offer);
    const { scores, propensities } = this.#inputs.score(slot, this.#plan, ranking, offers);
    const ranked = fitting.map(
      (candidate, i): Ranked => ({
        candidate,
        score: scores[i] ?? null,
        propensity: propensities?.[i] ?? null,
      }),
    );
    const { tieHash } = this.#inputs;
    ranked.sort((a, b) => compareScores(a.score, b.score) || byPriority(a.candidate, b.candidate, tieHash));
    for (const { candidate, score, propensity } of ranked) {
      if (this.#trace === null && this.#isFull()) return;
      this.#consider(candidate, score, propensity);
    }
    const fits = new Set(fitting);
    for (const candidate of this.#plan.candidates) if (!fits.has(candidate)) this.#consider(candidate, null, null);
  }

  #consider(candidate: Candidate, score: number | null, propensity: number | null): void {
    const resolved = candidate.touches === null ? null : resolveOffer(candidate, this.#inputs);
    const rejection = this.#misfit(candidate, resolved) ?? this.#choose(candidate, resolved, score, propensity);
    if (this.#trace === null || this.#isTraced(candidate, rejection)) return;
    const entry = { placement: this.#plan.placement.id, offer: candidate.id, rejection };
    this.#trace.push(score === null ? entry : { ...entry, score });
  }

  #fits(candidate: Candidate): boolean {
    const { rule, languages } = candidate.touches === null ? candidate : resolveOffer(candidate, this.#inputs);
    return rejectionOf(candidate, rule, languages, this.#inputs, this.#isCapped) === null;
  }

  /** By itself; what may be why the placement stays empty is remembered. */
  #misfit(candidate: Candidate, resolved: ResolvedOffer | null): Rejection | null {
    const { rule, languages } = resolved ?? candidate;
    const rejection = rejectionOf(candidate, rule, languages, this.#inputs, this.#isCapped);
    if (rejection === null) return null;
    if (resolved !== null && !this.#isFull()) this.#say = strongerSay(this.#say, resolved.ruleSay);
    return rejection === 'placementCapped' ? this.#meet('placementCapped', rejection) : rejection;
  }

  /** It fits by itself: what experiments and the rest of the answer say. */
  #choose(
    candidate: Candidate,
    resolved: ResolvedOffer | null,
    score: number | null,
    propensity: number | null,
  ): Rejection | null {
    const { isHeld, isNothing, only, content } = this.#resolved;
    if (isHeld) return this.#meet('holdout', 'holdout');
    if (isNothing || content !== null || (only !== null && candidate !== only)) return this.#meet('variant', 'variant');
    if (this.#isFull()) return 'lowerPriority';
    if (resolved === null) return this.#take(candidate, candidate.languages, score, propensity, this.#say);
    const own = strongerSay(resolved.say, resolved.ruleSay);
    const say = strongerSay(this.#say, own);
    if (resolved.isHeld || resolved.isHidden) {
      this.#say = say;
      return resolved.isHeld ? this.#meet('holdout', 'holdout') : this.#meet('variant', 'variant');
    }
    const { instead } = resolved;
    if (instead === null) return this.#take(candidate, resolved.languages, score, propensity, say);
    const misfit = rejectionOf(instead, instead.rule, instead.languages, this.#inputs, this.#isCapped);
    if (misfit === null && this.#take(instead, instead.languages, score, propensity, say) === null)
      this.#trace?.push({ placement: this.#plan.placement.id, offer: instead.id, rejection: null });
    else this.#say = say;
    return this.#meet('variant', 'variant');
  }

  #take(
    candidate: Candidate,
    languages: Languages | null,
    score: number | null,
    propensity: number | null,
    say: Say | null,
  ): Rejection | null {
    const rejection = this.#arbitration.reject(candidate, this.#plan);
    if (rejection !== null) return this.#meet(rejection === 'placementCapped' ? 'placementCapped' : 'taken', rejection);
    this.#arbitration.take(candidate, this.#plan);
    this.picks.push({ candidate, languages: languages as Languages, score, propensity, say });
    return null;
  }

  #meet(cause: EmptyBecause, rejection: Rejection): Rejection {
    this.#met |= 1 << EMPTY_BECAUSE.indexOf(cause);
    return rejection;
  }

  #isFull(): boolean {
    return this.picks.length >= this.#plan.count;
  }

  /** An offer that stood in for another is told as chosen already. */
  #isTraced({ id }: Candidate, rejection: Rejection | null): boolean {
    return (
      rejection !== null &&
      this.picks.some(({ candidate }) => candidate.id === id) &&
      (this.#trace?.some((each) => each.offer === id && each.placement === this.#plan.placement.id) ?? false)
    );
  }
}

/** Higher first, unknown last. */
function compareScores(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return b - a;
}

function byPriority(a: Candidate, b: Candidate, tieHash: number | null): number {
  return b.offer.priority - a.offer.priority || (tieHash === null ? 0 : compareTies(a, b, tieHash));
}

function firstOf(candidates: readonly Candidate[], tieHash: number): Candidate {
  return candidates.reduce((first, each) => (compareTies(each, first, tieHash) < 0 ? each : first));
}

/** Stable for a visitor, and another order for another visitor. Of the same hash: the lower id, as they come in that order. */
function compareTies(a: Candidate, b: Candidate, tieHash: number): number {
  return tieOf(a.hash, tieHash) - tieOf(b.hash, tieHash);
}

function tieOf(offer: number, visitor: number): number {
  let h = offer ^ visitor;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}
