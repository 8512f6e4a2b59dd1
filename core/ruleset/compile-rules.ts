import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, type Result } from '../lib/result.ts';
import { type CompiledSegments, compileProgram } from '../segment/compile/compile-program.ts';
import type { OwnedProblem } from '../segment/language/check-rules.ts';
import { eligibilityId, offerOfEligibility } from './eligibility.ts';
import { eventLabels } from './event-labels.ts';
import type { RulesetProblem } from './problem.ts';
import { DEFAULT_SETTING, KINDS, type ResourceKind, type RulesetSources, rulesetSetting } from './resources.ts';

/**
 * The rules of all segments, measures and offers → one program. The eligibility rules of offers join the segments, so that they share
 * cells and posting lists with them.
 */
export function compileRules(
  sources: RulesetSources,
  now: Instant,
): Result<CompiledSegments, readonly RulesetProblem[]> {
  const tooMany = crowded(sources);
  if (tooMany.length > 0) return err(tooMany);
  const { timeZone } = rulesetSetting(sources.setting);
  const compiled = compileProgram({
    segments: [
      ...sources.segment.map(({ id, rule, purpose }) => ({ id, rule, purpose })),
      ...sources.offer.flatMap(({ id, eligibility: rule, purpose }) =>
        rule ? [{ id: eligibilityId(id), rule, purpose }] : [],
      ),
    ],
    measures: sources.measure.map(({ id, expression, purpose }) => ({ id, expression, purpose })),
    attributes: new Map(sources.attribute.map(({ id, type, labels }) => [id, { type, labels }])),
    // Nothing can be published yet that has a score.
    models: new Set(),
    timeZone,
    now: startOfYear(now),
    eventLabels,
  });
  return compiled.ok ? compiled : err(compiled.error.map(ownedProblem));
}

/** Beyond its limits a draft is not compiled at all: that is what the limits are for. */
function crowded({ segment, offer, measure }: RulesetSources): readonly RulesetProblem[] {
  const rules = [
    ...segment.map(({ id }) => ({ kind: 'segment' as const, id })),
    ...offer.flatMap(({ id, eligibility }) => (eligibility ? [{ kind: 'offer' as const, id }] : [])),
  ];
  const problems: RulesetProblem[] = [];
  const firstRule = rules[limit('segmentsPerRuleset')];
  if (firstRule) {
    const detail = `A ruleset holds at most ${limit('segmentsPerRuleset')} segments and offers with a rule; these are ${rules.length}.`;
    problems.push({ ...firstRule, pointer: '', code: 'tooManySegments', detail });
  }
  const firstMeasure = measure[limit('measuresPerRuleset')];
  if (firstMeasure) {
    const detail = `A ruleset holds at most ${limit('measuresPerRuleset')} measures; these are ${measure.length}.`;
    problems.push({ kind: 'measure', id: firstMeasure.id, pointer: '', code: 'tooManyMeasures', detail });
  }
  return problems;
}

/** The program carries tables of the zone around this instant. A publish must not change its program without a reason. */
function startOfYear(now: Instant): Instant {
  return Date.UTC(new Date(now).getUTCFullYear(), 0, 1) as Instant;
}

function ownedProblem({ owner, code, detail, position }: OwnedProblem): RulesetProblem {
  const place = position === null ? {} : { line: position.line, column: position.column };
  if (owner === null) return { kind: 'setting', id: DEFAULT_SETTING.id, pointer: '/timeZone', code, detail, ...place };
  const offer = owner.kind === 'segment' ? offerOfEligibility(owner.name) : null;
  const kind: ResourceKind = offer === null ? owner.kind : 'offer';
  return { kind, id: offer ?? owner.name, pointer: `/${KINDS[kind].expression ?? ''}`, code, detail, ...place };
}
