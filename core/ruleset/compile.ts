import { type ProgramPositions, planDecisions } from '../decision/compile/plan-decisions.ts';
import { findEventType } from '../event/registry.ts';
import { compileExperiments, type ExperimentNames } from '../experiment/compile-experiments.ts';
import { byteLength } from '../lib/byte-length.ts';
import type { Instant, Space } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { compileStrategy } from '../model/recommend/compile-strategy.ts';
import type { RecommendationStrategy } from '../model/recommend/strategy.ts';
import type { CompiledSegments } from '../segment/compile/compile-program.ts';
import { browserProblems, compileBrowserParts } from './compile-browser.ts';
import { compileBrowserRules } from './compile-browser-rules.ts';
import { compileRules } from './compile-rules.ts';
import { sourceProblems } from './compile-sources.ts';
import { eligibilityId, isHidden, participationId } from './eligibility.ts';
import { itemRules } from './item-rules.ts';
import type { CompiledParts, DecisionsPart, SegmentInfo } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import { redirectHosts } from './redirect-hosts.ts';
import { DEFAULT_SETTING, globalHoldout, identityConfig, type RulesetSources, retentionDays } from './resources.ts';

/** Drafts → the parts of a ruleset, or every reason why not, all at once. Equal drafts give equal parts all year long. */
export function compileRuleset(
  space: Space,
  sources: RulesetSources,
  now: Instant,
): Result<CompiledParts, readonly RulesetProblem[]> {
  const plan = planDecisions(decisionSources(sources), decisionNames(sources));
  const limiting = [...plan.limiting, ...itemRules(sources.strategy)];
  const rules = compileRules(sources, { ...plan, limiting }, now);
  const positions = rules.ok ? positionsIn(rules.value) : NOWHERE;
  const experiments = compileExperiments(
    sources.experiment,
    globalHoldout(sources.setting, space),
    experimentNames(sources),
    (id) => positions.condition(participationId(id)),
  );
  const inBrowser = rules.ok ? compileBrowserRules(sources, rules.value, now) : ok(null);
  const problems = [
    ...(rules.ok ? [] : rules.error),
    ...(inBrowser.ok ? [] : inBrowser.error),
    ...plan.problems,
    ...(experiments.ok ? [] : experiments.error),
    ...sources.strategy.flatMap(strategyProblems),
    ...sourceProblems(space, sources.source),
    ...planProblems(sources),
  ];
  if (!rules.ok || !experiments.ok || !inBrowser.ok || problems.length > 0) {
    return err([...problems, ...compileBrowserParts(sources, NOTHING_SHOWN).flatMap(browserProblems)]);
  }
  const compiled = plan.compile(positions);
  const decisions: DecisionsPart = {
    format: 2,
    ...compiled,
    experiments: experiments.value,
    strategies: sources.strategy,
  };
  const browser = compileBrowserParts(sources, compiled);
  const tooLarge = [...browser.flatMap(browserProblems), ...sizeProblems(decisions)];
  if (tooLarge.length > 0) return err(tooLarge);
  const days = retentionDays(sources.setting);
  const plans = sources.trackingPlan;
  return ok({
    program: programPart(rules.value, sources),
    decisions,
    rules: rulesPart(rules.value, sources),
    sources: { format: 1, sources: sources.source },
    identity: { format: 1, ...identityConfig(sources.setting) },
    ...(Object.keys(days).length > 0 && { retention: { format: 1 as const, days } }),
    ...(plans.length > 0 && { plans: { format: 1 as const, plans } }),
    browser: Object.fromEntries(browser.map((part) => [part.source, part])),
    ...(inBrowser.value && { browserRules: inBrowser.value }),
  });
}

const NOTHING_SHOWN = { offers: [], effects: [] };

/** Each content may have its size and all together be too much. */
function sizeProblems(part: DecisionsPart): readonly RulesetProblem[] {
  const [bytes, most] = [byteLength(JSON.stringify(part)), limit('decisionsBytes')];
  if (bytes <= most) return [];
  const detail = `Placements, offers, rankers and experiments together have ${bytes} bytes; ${most} are allowed.`;
  return [{ kind: 'setting', id: DEFAULT_SETTING.id, pointer: '', code: 'decisionsTooLarge', detail }];
}

/** A plan of a source that is not there would look as if it were kept. */
function planProblems({ trackingPlan, source }: RulesetSources): readonly RulesetProblem[] {
  const known = idsOf(source);
  const detail = 'A tracking plan has the id of its source; there is no such source.';
  return trackingPlan
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({ kind: 'trackingPlan', id, pointer: '/id', code: 'unknownSource', detail }));
}

function strategyProblems(strategy: RecommendationStrategy): readonly RulesetProblem[] {
  const compiled = compileStrategy(strategy);
  if (compiled.ok) return [];
  const { id } = strategy;
  return compiled.error.map((each) => ({ ...each, kind: 'strategy', id, code: 'badStrategy' }));
}

function decisionSources({ placement, offer, ranker, experiment }: RulesetSources) {
  return { placements: placement, offers: offer, rankers: ranker, experiments: experiment };
}

function decisionNames({ source, attribute, measure, segment, offer, ranker, strategy }: RulesetSources) {
  const strategies = idsOf(strategy);
  return {
    offers: idsOf(offer),
    rankers: idsOf(ranker),
    segments: idsOf(segment),
    strategies,
    content: {
      attributes: new Map(attribute.map((each) => [each.id, each])),
      measures: new Map(measure.map((each) => [each.id, each])),
      strategies,
      // Of any source: which of them will ask is not known yet.
      redirectHosts: new Set(source.flatMap(redirectHosts)),
    },
  };
}

function experimentNames({ setting, offer, placement, ranker, segment }: RulesetSources): ExperimentNames {
  return {
    ids: { offer: idsOf(offer), placement: idsOf(placement), ranker: idsOf(ranker), segment: idsOf(segment) },
    namespaces: new Set(['device', ...identityConfig(setting).namespaces.map(({ code }) => code)]),
    isEventType: (type) => findEventType(type) !== null,
  };
}

function idsOf(resources: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(resources.map(({ id }) => id));
}

interface Positions extends ProgramPositions {
  /** By the id of a hidden rule that may not be there. */
  readonly condition: (id: string) => number | null;
}

/** Of drafts with problems nothing is kept. */
const NOWHERE: Positions = { rule: () => -1, cell: () => -1, eligibility: () => null, condition: () => null };

function positionsIn({ program, measures }: CompiledSegments): Positions {
  const rules = new Map(program.segments.map((segment, position) => [segment.id, position]));
  const found = (id: string, position: number | undefined): number => {
    if (position === undefined) throw new Error(`the program has no ${id}`);
    return position;
  };
  const condition = (id: string) => rules.get(id) ?? null;
  return {
    rule: (id) => found(id, rules.get(id)),
    cell: (id) => found(id, measures[id]),
    eligibility: (offer) => condition(eligibilityId(offer)),
    condition,
  };
}

function programPart({ program, measures }: CompiledSegments, sources: RulesetSources): CompiledParts['program'] {
  const segments = new Map(sources.segment.map((segment) => [segment.id, segment]));
  return {
    format: 2,
    attributes: sources.attribute,
    program,
    segmentInfo: program.segments.map(({ id }): SegmentInfo => {
      const segment = segments.get(id);
      return {
        id,
        public: segment?.public ?? false,
        hidden: isHidden(id),
        observed: segment?.observed ?? false,
      };
    }),
    measures: sources.measure.flatMap(({ id, public: open, requires }) => {
      const cell = measures[id];
      return cell === undefined ? [] : [{ id, cell, public: open, ...(requires !== undefined && { requires }) }];
    }),
  };
}

function rulesPart({ lineage }: CompiledSegments, sources: RulesetSources): CompiledParts['rules'] {
  return {
    format: 1,
    segments: sources.segment.map(({ id, rule, purpose }) => ({ id, rule, purpose })),
    measures: sources.measure.map(({ id, expression, purpose }) => ({ id, expression, purpose })),
    eligibility: sources.offer.flatMap(({ id, eligibility: rule, purpose }) => (rule ? [{ id, rule, purpose }] : [])),
    lineage,
  };
}
