import type { DecisionPlace } from '../decision/compile/decision-problem.ts';
import type { DecisionPlan } from '../decision/compile/plan-decisions.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, type Result } from '../lib/result.ts';
import type { Purpose } from '../policy/purposes.ts';
import { type CompiledSegments, type CompileInput, compileProgram } from '../segment/compile/compile-program.ts';
import type { OwnedProblem } from '../segment/language/check-rules.ts';
import type { Expression } from '../segment/language/expression.ts';
import { eligibilityId, participationId } from './eligibility.ts';
import { eventLabels } from './event-labels.ts';
import type { RulesetProblem } from './problem.ts';
import { DEFAULT_SETTING, KINDS, type RulesetSources, rulesetSetting } from './resources.ts';

/** What decisions and experiments add to the rules that operators wrote. */
export interface HiddenProgram extends Pick<DecisionPlan, 'values'> {
  /** Counted with the segments, because an operator wrote the most of each. */
  readonly rules: DecisionPlan['rules'];
  readonly limiting: DecisionPlan['rules'];
}

export const NOTHING_HIDDEN: HiddenProgram = { rules: [], limiting: [], values: [] };

/**
 * The rules of all segments, measures, offers and experiments → one program. What is hidden joins the segments and measures, so that it shares
 * cells and posting lists with them.
 */
export function compileRules(
  sources: RulesetSources,
  hidden: HiddenProgram,
  now: Instant,
): Result<CompiledSegments, readonly RulesetProblem[]> {
  const tooMany = crowded(sources, hidden);
  if (tooMany) return err(tooMany);
  const asSegment = ({ id, tree: rule, purpose }: DecisionPlan['rules'][number]) => ({ id, rule, purpose });
  const compiled = compileProgram({
    segments: [
      ...sources.segment.map(({ id, rule, purpose }) => ({ id, rule, purpose })),
      ...conditions(sources).map(({ id, rule, purpose }) => ({ id, rule, purpose })),
      ...hidden.rules.map(asSegment),
    ],
    limiting: hidden.limiting.map(asSegment),
    measures: [
      ...sources.measure.map(({ id, expression, purpose }) => ({ id, expression, purpose })),
      ...hidden.values.map(({ id, tree: expression, purpose }) => ({ id, expression, purpose })),
    ],
    ...ruleSurroundings(sources, now),
  });
  if (compiled.ok) return compiled;
  const places = new Map<string, DecisionPlace>(
    [...hidden.rules, ...hidden.limiting, ...hidden.values].map(({ id, place }) => [id, place]),
  );
  const written = new Map(conditions(sources).map((condition) => [condition.id, condition.place]));
  return err(distinct(compiled.error.map((problem) => ownedProblem(problem, written, places))));
}

/** What rules are compiled among. */
export function ruleSurroundings({ attribute, setting }: RulesetSources, now: Instant) {
  return {
    attributes: new Map(attribute.map(({ id, type, labels }) => [id, { type, labels }])),
    // Nothing can be published yet that has a score.
    models: new Set<string>(),
    timeZone: rulesetSetting(setting).timeZone,
    now: startOfYear(now),
    eventLabels,
  } satisfies Partial<CompileInput>;
}

interface Condition {
  /** In the program. */
  readonly id: string;
  readonly rule: Expression;
  readonly purpose: Purpose;
  readonly place: DecisionPlace;
}

/** Who may get offers and who takes part in experiments: rules that operators wrote, in the members of something else. */
function conditions({ offer, experiment }: RulesetSources): readonly Condition[] {
  const pointer = '/eligibility';
  return [
    ...offer.flatMap(({ id, eligibility: rule, purpose }): readonly Condition[] =>
      rule ? [{ id: eligibilityId(id), rule, purpose, place: { kind: 'offer', id, pointer } }] : [],
    ),
    ...experiment.flatMap(({ id, eligibility: rule, purpose }): readonly Condition[] =>
      rule ? [{ id: participationId(id), rule, purpose, place: { kind: 'experiment', id, pointer } }] : [],
    ),
  ];
}

/** Beyond its limits a draft is not compiled at all: that is what the limits are for. Null: it is within them. */
function crowded(sources: RulesetSources, hidden: HiddenProgram): readonly RulesetProblem[] | null {
  const rules = [
    ...sources.segment.map(({ id }) => ({ kind: 'segment' as const, id })),
    ...[...conditions(sources), ...hidden.rules].map(({ place: { kind, id } }) => ({ kind, id })),
  ];
  const problems: RulesetProblem[] = [];
  const firstRule = rules[limit('segmentsPerRuleset')];
  if (firstRule) {
    const detail = `A ruleset holds at most ${limit('segmentsPerRuleset')} segments, offers with a rule and experiments with a rule; these are ${rules.length}.`;
    problems.push({ ...firstRule, pointer: '', code: 'tooManySegments', detail });
  }
  const { measure } = sources;
  const firstMeasure = measure[limit('measuresPerRuleset')];
  if (firstMeasure) {
    const detail = `A ruleset holds at most ${limit('measuresPerRuleset')} measures; these are ${measure.length}.`;
    problems.push({ kind: 'measure', id: firstMeasure.id, pointer: '', code: 'tooManyMeasures', detail });
  }
  // What made them so many has said so.
  const isFull =
    hidden.limiting.length > limit('capRulesPerRuleset') || hidden.values.length > limit('formulaCellsPerRuleset');
  return problems.length > 0 || isFull ? problems : null;
}

/** The program carries tables of the zone around this instant. A publish must not change its program without a reason. */
function startOfYear(now: Instant): Instant {
  return Date.UTC(new Date(now).getUTCFullYear(), 0, 1) as Instant;
}

function ownedProblem(
  { owner, code, detail, position }: OwnedProblem,
  written: ReadonlyMap<string, DecisionPlace>,
  hidden: ReadonlyMap<string, DecisionPlace>,
): RulesetProblem {
  const at = position === null ? {} : { line: position.line, column: position.column };
  if (owner === null) return { kind: 'setting', id: DEFAULT_SETTING.id, pointer: '/timeZone', code, detail, ...at };
  const { kind, name: id } = owner;
  const own = written.get(id);
  if (own) return { ...own, code, detail, ...at };
  // Nobody wrote the text that was read, so a place in it says nothing.
  const made = hidden.get(id);
  if (made) return { ...made, code, detail };
  return { kind, id, pointer: `/${KINDS[kind].expression}`, code, detail, ...at };
}

/** A formula is wrong for each of its offers alike. What says where in the text it is stands before what does not. */
function distinct(problems: readonly RulesetProblem[]): readonly RulesetProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ kind, id, pointer, code, detail, line, column }) => {
    const what = [kind, id, pointer, code, detail].join(' ');
    const where = `${what} ${line}:${column}`;
    const isKnown = seen.has(line === undefined ? what : where);
    seen.add(what).add(where);
    return !isKnown;
  });
}
