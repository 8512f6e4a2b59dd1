import type { Experiment } from '../../experiment/experiment.ts';
import { type LimitName, limit } from '../../lib/limits.ts';
import type { CompiledCap, CompiledOffer, CompiledPlacement, CompiledRanker } from '../compiled.ts';
import type { CompiledContent } from '../content/compiled-content.ts';
import type { CompiledEffect } from '../experiment-effect.ts';
import type { Offer } from '../offer.ts';
import type { Placement } from '../placement.ts';
import type { Ranker } from '../ranker.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionProblem, DecisionProblemCode } from './decision-problem.ts';
import { experimentConflicts } from './experiment-conflicts.ts';
import { experimentUse } from './experiment-use.ts';
import { type HiddenRule, HiddenRules } from './hidden-rules.ts';
import { type PlannedCap, planOfferCaps, planPlacementCaps, planSuppression } from './limiting-rules.ts';
import { compileFallback, NO_FALLBACK, unknownRanker } from './placement-parts.ts';
import { planEffect } from './plan-effects.ts';
import { compileContents, offerProblems, scheduleOf } from './plan-offer.ts';
import { offersByRanker, type PlannedRanker, planRanker, rankerProblems } from './plan-rankers.ts';

export interface DecisionSources {
  readonly placements: readonly Placement[];
  readonly offers: readonly Offer[];
  readonly rankers: readonly Ranker[];
  readonly experiments: readonly Experiment[];
}

/** Where the program holds what was asked of it. */
export interface ProgramPositions {
  /** Of a rule, by its id in the program. */
  readonly rule: (id: string) => number;
  /** Of the rule that says who may get an offer; null: everybody. */
  readonly eligibility: (offer: string) => number | null;
  /** Of the value of a measure or of a hidden value, by its id in the program. */
  readonly cell: (id: string) => number;
}

export interface CompiledDecisions {
  readonly placements: readonly CompiledPlacement[];
  readonly offers: readonly CompiledOffer[];
  readonly rankers: readonly CompiledRanker[];
  readonly effects: readonly CompiledEffect[];
}

/** What has to be in the program before decisions can be compiled, and everything that is wrong. */
export interface DecisionPlan {
  /** Eligibility as variants of experiments change it. */
  readonly rules: readonly HiddenRule[];
  /** Caps and suppressions. */
  readonly limiting: readonly HiddenRule[];
  /** Scores. */
  readonly values: readonly HiddenRule[];
  readonly problems: readonly DecisionProblem[];
  /** Only where there are no problems. */
  readonly compile: (positions: ProgramPositions) => CompiledDecisions;
}

/** First half of compiling decisions: which rules they need. Names of rules do not depend on the order of the sources. */
export function planDecisions(sources: DecisionSources, names: DecisionNames): DecisionPlan {
  const { placements, offers, rankers, experiments } = sources;
  const used = experimentUse(experiments, offers, placements);
  const problems: DecisionProblem[] = [
    ...crowd('placement', placements, 'placementsPerRuleset', 'tooManyPlacements'),
    ...crowd('offer', offers, 'offersPerRuleset', 'tooManyOffers'),
    ...crowd('ranker', rankers, 'rankersPerRuleset', 'tooManyRankers'),
    ...rankers.flatMap((ranker) => rankerProblems(ranker, names)),
    ...experimentConflicts(experiments, offers, placements),
  ];
  const byId = new Map(placements.map((placement) => [placement.id, placement]));
  const rules = new HiddenRules();
  const limiting = new HiddenRules();
  const values = new HiddenRules();
  // In the order of ids: equal rules have the name of the first.
  const caps = new Map<Placement, readonly PlannedCap[]>();
  for (const placement of inOrder(placements)) caps.set(placement, planPlacementCaps(placement, limiting));
  const plans = new Map<Offer, Pick<OfferPlan, 'caps' | 'suppression'>>();
  for (const offer of inOrder(offers)) {
    const appearsIn = new Set([...offer.placements, ...(used.offers.get(offer.id) ?? [])]);
    plans.set(offer, {
      caps: planOfferCaps(offer, appearsIn, limiting),
      suppression: planSuppression(offer, limiting),
    });
  }
  const ranked = offersByRanker(rankers, placements, inOrder(offers), used);
  const plannedRankers = new Map<Ranker, PlannedRanker>();
  for (const ranker of inOrder(rankers)) {
    plannedRankers.set(ranker, planRanker(ranker, ranked.get(ranker.id) ?? [], values));
  }
  const fallbacks = new Map(placements.map((each) => [each, compileFallback(each, names, problems)]));
  problems.push(...placements.flatMap((each) => unknownRanker(each, names.rankers)));
  const contents = new Map(
    offers.map((offer) => {
      const added = used.offers.get(offer.id) ?? new Set();
      problems.push(...offerProblems(offer, byId, added.size > 0));
      return [offer, compileContents(offer, [...offer.placements, ...added], byId, names, problems)];
    }),
  );
  const effects = inOrder(experiments).map((each) => planEffect(each, inOrder(offers), byId, names, rules, problems));
  return {
    rules: rules.all,
    limiting: limiting.all,
    values: values.all,
    problems: [
      ...problems,
      ...surplus(limiting.all, 'capRulesPerRuleset', 'tooManyCapRules', 'Caps and suppressions become'),
      ...surplus(values.all, 'formulaCellsPerRuleset', 'tooManyFormulaCells', 'Formulas give'),
    ],
    compile: (positions) => ({
      placements: placements.map((placement) =>
        compilePlacement(placement, caps.get(placement) ?? [], fallbacks.get(placement) ?? NO_FALLBACK, positions),
      ),
      offers: offers.map((offer) => {
        const plan = { caps: [], suppression: [], ...plans.get(offer), contents: contents.get(offer) ?? {} };
        return compileOffer(offer, plan, positions);
      }),
      rankers: rankers.flatMap((ranker) => plannedRankers.get(ranker)?.(positions.cell) ?? []),
      effects: effects.flatMap((effect) => effect?.(positions.rule) ?? []),
    }),
  };
}

interface OfferPlan {
  readonly caps: readonly PlannedCap[];
  /** Ids of rules. */
  readonly suppression: readonly string[];
  readonly contents: CompiledOffer['contents'];
}

function compilePlacement(
  { caps: _caps, fallback: _fallback, ...rest }: Placement,
  caps: readonly PlannedCap[],
  fallback: CompiledContent,
  positions: ProgramPositions,
): CompiledPlacement {
  return { ...rest, caps: compileCaps(caps, positions), fallback };
}

function compileOffer(offer: Offer, plan: OfferPlan, positions: ProgramPositions): CompiledOffer {
  const { id, name, placements, priority, purpose, requires, tags, item, exclusionGroup, budget } = offer;
  return {
    id,
    name,
    placements,
    priority,
    purpose,
    requires,
    ...(tags && { tags }),
    ...(item !== undefined && { item }),
    ...(exclusionGroup !== undefined && { exclusionGroup }),
    ...(budget && { budget }),
    rule: positions.eligibility(id),
    ...scheduleOf(offer),
    caps: compileCaps(plan.caps, positions),
    suppression: plan.suppression.map(positions.rule),
    contents: plan.contents,
  };
}

function compileCaps(caps: readonly PlannedCap[], positions: ProgramPositions): readonly CompiledCap[] {
  return caps.map((cap) => ('rule' in cap ? { ...cap, rule: positions.rule(cap.rule) } : cap));
}

function inOrder<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function crowd(
  kind: 'placement' | 'offer' | 'ranker',
  items: readonly { readonly id: string }[],
  name: LimitName,
  code: DecisionProblemCode,
): readonly DecisionProblem[] {
  const first = items[limit(name)];
  if (!first) return [];
  const detail = `At most ${limit(name)} ${kind}s fit in one ruleset; these are ${items.length}.`;
  return [{ kind, id: first.id, pointer: '', code, detail }];
}

function surplus(
  rules: readonly HiddenRule[],
  name: LimitName,
  code: DecisionProblemCode,
  what: string,
): readonly DecisionProblem[] {
  const first = rules[limit(name)];
  if (!first) return [];
  const detail = `${what} ${rules.length} different ones for the program; a ruleset holds ${limit(name)}.`;
  return [{ ...first.place, code, detail }];
}
