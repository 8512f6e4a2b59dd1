import { Arbitration } from './arbitrate.ts';
import { chooseContent } from './choose-content.ts';
import { type EmptyBecause, type Pick, PlacementChoice } from './choose-placement.ts';
import type { CompiledContent } from './content/compiled-content.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { Languages } from './experiment-effect.ts';
import { lacksNeeded, rejectionOf } from './fits.ts';
import { type Candidate, createCandidate } from './plan/candidate.ts';
import type { DecisionPlan, PlacementPlan } from './plan/decision-plan.ts';
import { type ResolvedPlacement, resolvePlacement } from './plan/resolve-placement.ts';
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
  const run = new Run(rules, inputs, placements, requestId, withTrace);
  const outcomes: Outcome[] = [];
  for (const slot of choosingOrder(plan, placements)) {
    const name = placements[slot] as string;
    const placement = plan.placements.get(name);
    if (placement) run.decide(slot, placement, outcomes);
    else outcomes.push(outcome(slot, nothing(propositionId(requestId, slot, 0), name)));
  }
  if (plan.hasPriorities) outcomes.sort((a, b) => a.slot - b.slot);
  return { outcomes, trace: run.trace, arbitration: run.arbitration };
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
  const slots = placements.map((_, slot) => slot);
  if (!plan.hasPriorities) return slots;
  const priorities = placements.map((name) => plan.placements.get(name)?.priority ?? 0);
  return slots.sort((a, b) => (priorities[b] as number) - (priorities[a] as number) || a - b);
}

class Run {
  readonly arbitration: Arbitration;
  readonly trace: OfferTrace[] | null;
  readonly #rules: DecisionRules;
  readonly #inputs: DecisionInputs;
  readonly #requestId: string;
  #choice: PlacementChoice | null = null;

  constructor(
    rules: DecisionRules,
    inputs: DecisionInputs,
    asked: readonly string[],
    requestId: string,
    withTrace: boolean,
  ) {
    this.arbitration = new Arbitration(inputs, asked);
    this.trace = withTrace ? [] : null;
    this.#rules = rules;
    this.#inputs = inputs;
    this.#requestId = requestId;
  }

  decide(slot: number, plan: PlacementPlan, into: Outcome[]): void {
    const forced = this.#inputs.preview === null ? null : this.#forced(plan);
    if (forced !== null) {
      into.push(this.#show(slot, plan, forced));
      return;
    }
    const resolved = this.#resolve(plan);
    const { content } = resolved;
    this.#choice ??= new PlacementChoice(plan, this.#inputs, this.arbitration, this.trace);
    const choice = this.#choice;
    if (content !== null) {
      if (this.trace !== null) choice.fill(slot, plan, resolved);
      into.push(this.#own(slot, plan, content, resolved.say));
      return;
    }
    choice.fill(slot, plan, resolved);
    const { picks } = choice;
    if (picks.length === 0) into.push(this.#empty(slot, plan, choice.emptyBecause, choice.say));
    for (let place = 0; place < picks.length; place++) into.push(this.#picked(slot, place, plan, picks[place] as Pick));
  }

  /** Content of a variant that needs what is not there is not shown, as an offer's is not. */
  #resolve(plan: PlacementPlan): ResolvedPlacement {
    const resolved = resolvePlacement(plan, this.#inputs);
    const { content } = resolved;
    if (content === null || !lacksNeeded(content, null, this.#inputs)) return resolved;
    return { ...resolved, content: null, isNothing: true };
  }

  #picked(slot: number, place: number, plan: PlacementPlan, pick: Pick): Outcome {
    const { candidate, languages, say, score, propensity } = pick;
    const item = candidate.offer.item ?? null;
    const proposition = this.#shown(slot, place, plan, candidate.id, languages, item, reasonFor(say, 'eligible'), say);
    return { slot, proposition, score, propensity };
  }

  #empty(slot: number, plan: PlacementPlan, because: EmptyBecause | null, say: Say | null): Outcome {
    const reason = emptyReason(plan, because, say);
    const teller = reason === 'assigned' || reason === 'forced' || reason === 'holdout' ? say : null;
    return outcome(slot, this.#proposition(slot, 0, plan, null, plan.placement.fallback, null, reason, teller));
  }

  #shown(
    slot: number,
    place: number,
    plan: PlacementPlan,
    offer: string | null,
    languages: Languages,
    item: string | null,
    reason: Reason,
    say: Say | null,
  ): Proposition {
    const chosen = chooseContent(languages, this.#inputs.languages);
    const proposition = this.#proposition(slot, place, plan, offer, chosen?.content ?? null, item, reason, say);
    const language = chosen?.language;
    return language === undefined ? proposition : { ...proposition, language };
  }

  /** Contents without templates are what they are; with them, what they are filled with goes along. */
  #proposition(
    slot: number,
    place: number,
    plan: PlacementPlan,
    offer: string | null,
    held: CompiledContent | null,
    item: string | null,
    reason: Reason,
    say: Say | null,
  ): Proposition {
    const id = propositionId(this.#requestId, slot, place);
    const { id: placement, kind } = plan.placement;
    const content = held === null || held.templates !== undefined ? null : held.value;
    const bare: Proposition = { id, placement, kind, offer, content, reason };
    const told = say === null ? bare : this.#told(bare, say);
    return held?.templates === undefined ? told : { ...told, fill: this.#inputs.fill(held.reads ?? [], item) };
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

  /** The variant of an experiment shows content of its own. */
  #own(slot: number, plan: PlacementPlan, languages: Languages, say: Say | null): Outcome {
    return outcome(slot, this.#shown(slot, 0, plan, null, languages, null, reasonFor(say, 'eligible'), say));
  }

  /** With the experiment that had a say in it. Who is kept out has no variant; one that is over is told only where its content is shown. */
  #told(proposition: Proposition, say: Say): Proposition {
    const experiment = this.#rules.experiments?.all[say.experiment];
    if (!experiment || !(say.isCounted || say.isForced || say.givesContent || say.variant < 0)) return proposition;
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
      // Another variant may show something here: who sees the fallback is compared with them.
      if (say !== null && say.variant >= 0 && (say.on === 'placement' || say.on === 'segment'))
        return reasonFor(say, 'noneEligible');
      return candidates.length === 0 && touches === null ? 'noOffers' : 'noneEligible';
  }
}
