import { Arbitration } from './arbitrate.ts';
import { chooseContent } from './choose-content.ts';
import { type EmptyBecause, type Pick, PlacementChoice } from './choose-placement.ts';
import type { CompiledContent } from './content/compiled-content.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { Languages } from './experiment-effect.ts';
import { rejectionOf } from './fits.ts';
import { type Candidate, createCandidate } from './plan/candidate.ts';
import type { DecisionPlan, PlacementPlan } from './plan/decision-plan.ts';
import { resolvePlacement } from './plan/resolve-placement.ts';
import type { Say } from './plan/say.ts';
import type { OfferTrace, Proposition, Reason } from './proposition.ts';

/** A proposition, and what its ranker said of it. */
export interface Outcome {
  /** Position of the placement among those asked for. */
  readonly slot: number;
  readonly proposition: Proposition;
  readonly score: number | null;
  readonly propensity: number | null;
}

export interface DecisionRun {
  readonly outcomes: readonly Outcome[];
  readonly trace: readonly OfferTrace[] | null;
  readonly arbitration: Arbitration;
}

/** Decides all placements of one answer, in the order in which they may choose; answers in the order in which they were asked for. */
export function runDecision(
  rules: DecisionRules,
  plan: DecisionPlan,
  inputs: DecisionInputs,
  placements: readonly string[],
  requestId: string,
  withTrace: boolean,
): DecisionRun {
  const run = new Run(rules, inputs, requestId, withTrace);
  const bySlot: (readonly Outcome[])[] = placements.map(() => []);
  for (const slot of choosingOrder(plan, placements)) {
    const name = placements[slot] as string;
    const placement = plan.placements.get(name);
    bySlot[slot] = placement
      ? run.decide(slot, placement)
      : [outcome(slot, nothing(propositionId(requestId, slot, 0), name))];
  }
  return { outcomes: bySlot.flat(), trace: run.trace, arbitration: run.arbitration };
}

/** `prp_…`; the further ones of a placement that takes several have their place behind. */
export function propositionId(requestId: string, slot: number, place: number): string {
  return place === 0 ? `prp_${requestId}_${slot}` : `prp_${requestId}_${slot}_${place}`;
}

export function nothing(id: string, placement: string): Proposition {
  return { id, placement, kind: null, offer: null, content: null, reason: 'unknownPlacement' };
}

/** Higher priority first, then as asked for. */
function choosingOrder(plan: DecisionPlan, placements: readonly string[]): readonly number[] {
  const priorities = placements.map((name) => plan.placements.get(name)?.priority ?? 0);
  return placements
    .map((_, slot) => slot)
    .sort((a, b) => (priorities[b] as number) - (priorities[a] as number) || a - b);
}

class Run {
  readonly arbitration: Arbitration;
  readonly trace: OfferTrace[] | null;
  readonly #rules: DecisionRules;
  readonly #inputs: DecisionInputs;
  readonly #requestId: string;

  constructor(rules: DecisionRules, inputs: DecisionInputs, requestId: string, withTrace: boolean) {
    this.arbitration = new Arbitration(inputs);
    this.trace = withTrace ? [] : null;
    this.#rules = rules;
    this.#inputs = inputs;
    this.#requestId = requestId;
  }

  decide(slot: number, plan: PlacementPlan): readonly Outcome[] {
    const forced = this.#forced(plan);
    if (forced) return [this.#show(slot, plan, forced)];
    const resolved = resolvePlacement(plan, this.#inputs);
    const choice = new PlacementChoice(plan, resolved, this.#inputs, this.arbitration, this.trace);
    if (resolved.content === null || this.trace !== null) choice.run(slot);
    if (resolved.content !== null) return [this.#ownContent(slot, plan, resolved.content, resolved.say)];
    if (choice.picks.length === 0) return [this.#empty(slot, plan, choice.emptyBecause, choice.say)];
    return choice.picks.map((pick, place) => this.#picked(slot, place, plan, pick));
  }

  #picked(slot: number, place: number, plan: PlacementPlan, pick: Pick): Outcome {
    const { candidate, languages, say, score, propensity } = pick;
    const chosen = chooseContent(languages, this.#inputs.languages);
    const base = {
      id: propositionId(this.#requestId, slot, place),
      placement: plan.placement.id,
      kind: plan.placement.kind,
      offer: candidate.id,
      ...this.#content(chosen?.content, candidate.offer.item ?? null),
      reason: reasonFor(say, 'eligible'),
    };
    const proposition = this.#told(base, say);
    const language = chosen?.language;
    return {
      slot,
      proposition: language === undefined ? proposition : { ...proposition, language },
      score,
      propensity,
    };
  }

  #empty(slot: number, plan: PlacementPlan, because: EmptyBecause | null, say: Say | null): Outcome {
    const base = {
      id: propositionId(this.#requestId, slot, 0),
      placement: plan.placement.id,
      kind: plan.placement.kind,
      offer: null,
      ...this.#content(plan.placement.fallback, null),
      reason: emptyReason(plan, because, say),
    };
    const isTested = base.reason === 'assigned' || base.reason === 'forced' || base.reason === 'holdout';
    return outcome(slot, isTested ? this.#told(base, say) : base);
  }

  /** The variant of an experiment shows content of its own. */
  #ownContent(slot: number, plan: PlacementPlan, languages: Languages, say: Say | null): Outcome {
    const chosen = chooseContent(languages, this.#inputs.languages);
    const base = {
      id: propositionId(this.#requestId, slot, 0),
      placement: plan.placement.id,
      kind: plan.placement.kind,
      offer: null,
      ...this.#content(chosen?.content, null),
      reason: reasonFor(say, 'eligible'),
    };
    const proposition = this.#told(base, say);
    const language = chosen?.language;
    return outcome(slot, language === undefined ? proposition : { ...proposition, language });
  }

  /** The offer that a preview asks for here, where there is such an offer and it has content. */
  #forced({ placement, candidates }: PlacementPlan): Candidate | null {
    const { preview } = this.#inputs;
    const id = preview && Object.hasOwn(preview, placement.id) ? preview[placement.id] : undefined;
    const offer = id === undefined ? undefined : this.#rules.offers.get(id);
    if (!offer) return null;
    const candidate = candidates.find((each) => each.id === id) ?? createCandidate(offer, placement, null);
    return candidate.languages === null ? null : candidate;
  }

  #show(slot: number, plan: PlacementPlan, candidate: Candidate): Outcome {
    this.arbitration.showForced(candidate, plan);
    const { placement, candidates } = plan;
    this.trace?.push({ placement: placement.id, offer: candidate.id, rejection: null });
    for (const each of this.trace ? candidates : []) {
      if (each.id === candidate.id) continue;
      const rejection = rejectionOf(each, each.rule, each.languages, this.#inputs, false) ?? 'lowerPriority';
      this.trace?.push({ placement: placement.id, offer: each.id, rejection });
    }
    const languages = candidate.languages as Languages;
    const { proposition } = this.#picked(slot, 0, plan, {
      candidate,
      languages,
      say: null,
      score: null,
      propensity: null,
    });
    return outcome(slot, { ...proposition, reason: 'forced' });
  }

  /** Without templates it is what it is; with them, what they are filled with goes along. */
  #content(content: CompiledContent | undefined, item: string | null) {
    if (content === undefined) return { content: null };
    if (content.templates === undefined) return { content: content.value };
    return { content: null, fill: this.#inputs.fill(content.reads ?? [], item) };
  }

  /** With the experiment that had a say in it. Who is kept out has no variant; one that is over is told only where its content is shown. */
  #told(proposition: Proposition, say: Say | null): Proposition {
    const experiment = say && this.#rules.experiments?.all[say.experiment];
    if (!say || !experiment || !(say.isCounted || say.isForced || say.givesContent || say.variant < 0))
      return proposition;
    if (say.variant < 0)
      return proposition.offer === null ? { ...proposition, experiment: experiment.id } : proposition;
    const variant = experiment.variants[say.variant]?.id;
    return variant === undefined ? proposition : { ...proposition, experiment: experiment.id, variant };
  }
}

function outcome(slot: number, proposition: Proposition): Outcome {
  return { slot, proposition, score: null, propensity: null };
}

function reasonFor(say: Say | null, otherwise: Reason): Reason {
  if (say?.isForced) return 'forced';
  return say?.isCounted ? 'assigned' : otherwise;
}

function emptyReason({ candidates, touches }: PlacementPlan, because: EmptyBecause | null, say: Say | null): Reason {
  switch (because) {
    case 'placementCapped':
      return 'capped';
    case 'holdout':
      return 'holdout';
    case 'variant':
      return reasonFor(say, 'noneEligible');
    case 'taken':
      return 'outranked';
    case null:
      return candidates.length === 0 && touches === null ? 'noOffers' : 'noneEligible';
  }
}
