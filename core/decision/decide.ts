import type { Assignments } from '../experiment/assignment.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { DecisionSubject } from './decision-subject.ts';
import { LiveInputs } from './live-inputs.ts';
import { type DecisionPlan, planOf } from './plan/decision-plan.ts';
import type { OfferTrace, Proposition, Reason } from './proposition.ts';
import type { BanditGoal } from './ranking/ranking.ts';
import { createReceipt, type Receipt, type ReceiptOf } from './receipt.ts';
import { nothing, type Outcome, propositionId, runDecision } from './run-decision.ts';

export interface DecisionOptions {
  /** Seed of proposition ids, and of what rankers draw. */
  readonly requestId: string;
  /** Why each candidate won or lost. */
  readonly trace?: boolean;
  /** Whose receipt is wanted; left out: none. */
  readonly receipt?: ReceiptOf;
}

/** An offer that a bandit drew. */
export interface DrawnArm {
  readonly placement: string;
  readonly offer: string;
  readonly ranker: string;
  /** See bandit-shares.ts. */
  readonly bucket: string;
  readonly goal: BanditGoal;
}

export interface Decisions {
  /** In the order of the placements. Contents with templates come as `fill`: see contents.ts. */
  readonly propositions: readonly Proposition[];
  readonly trace: readonly OfferTrace[] | null;
  /** False: a preview. Nothing of it may be counted, and there is nothing to store. */
  readonly isCounted: boolean;
  /** How often each key was used: for `noteDecided` of the strand of this visit. */
  readonly noted: ReadonlyMap<string, number>;
  /** For the strand of this visit: join them to its own. */
  readonly assignments: Assignments;
  /** What was used of leases, by offer. */
  readonly leases: ReadonlyMap<string, number>;
  /** What bandits drew. */
  readonly drawn: readonly DrawnArm[];
  readonly receipt: Receipt | null;
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/**
 * Decides all placements of one answer together: assignments of experiments, candidates, ranking, arbitration, content. Pure: the same input gives the same answer.
 * Changes nothing: what has to be stored is in the answer.
 */
export function decidePlacements(
  rules: DecisionRules,
  subject: DecisionSubject,
  placements: readonly string[],
  { requestId, trace = false, receipt }: DecisionOptions,
): Decisions {
  const plan = planOf(rules);
  const inputs = new LiveInputs(rules, subject, requestId);
  const plans = placements.map((name) => plan.placements.get(name));
  inputs.assign(plans);
  const run = runDecision(rules, plan, inputs, placements, requestId, trace);
  const isCounted = !subject.preview;
  return {
    propositions: run.outcomes.map(({ proposition }) => proposition),
    trace: run.trace,
    isCounted,
    noted: isCounted ? countedKeys(run.arbitration.taken, plan) : NOTHING,
    assignments: isCounted ? inputs.madeFor(plans) : [],
    drawn: isCounted ? drawnIn(run.outcomes, inputs) : [],
    leases: isCounted ? run.arbitration.leased : NOTHING,
    receipt: receipt ? createReceipt(receipt, rules, subject, placements, requestId, inputs, run.outcomes) : null,
  };
}

/** What rules cap is counted by events. */
function countedKeys(taken: ReadonlyMap<string, number>, { capsByKey }: DecisionPlan): ReadonlyMap<string, number> {
  return taken.size === 0 ? NOTHING : new Map([...taken].filter(([key]) => capsByKey.has(key)));
}

/** What stands in for an offer that was drawn and could not be shown was not drawn itself. */
function drawnIn(outcomes: readonly Outcome[], inputs: LiveInputs): readonly DrawnArm[] {
  return outcomes.flatMap(({ slot, proposition: { placement, offer }, propensity }): readonly DrawnArm[] => {
    if (offer === null || propensity === null || propensity <= 0) return [];
    const drawnFor = inputs.asked.scored?.find((each) => each.slot === slot)?.scores.drawnFor;
    return drawnFor ? [{ placement, offer, ...drawnFor }] : [];
  });
}

/** Answers without a profile: what stands in the ruleset as fallback, and why nothing better was tried. */
export function decideFallbacks(
  rules: Pick<DecisionRules, 'placements'>,
  placements: readonly string[],
  requestId: string,
  reason: Reason,
): readonly Proposition[] {
  return placements.map((name, slot) => {
    const placement = rules.placements.get(name);
    const id = propositionId(requestId, slot, 0);
    if (!placement) return nothing(id, name);
    const { fallback, kind } = placement;
    const bare = { id, placement: name, kind, offer: null, content: null, reason };
    return fallback.templates ? { ...bare, fill: {} } : { ...bare, content: fallback.value };
  });
}
