import type { Instant } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Purpose } from '../policy/purposes.ts';
import { compileExplanation, type Explanation, type ExplanationInput } from '../segment/explain/compile-explanation.ts';
import type { NamedRule } from '../segment/explain/split-rule.ts';
import type { Expression } from '../segment/language/expression.ts';
import { checkRule } from './check-rule.ts';
import { readDraft, type StoredResource } from './draft.ts';
import type { LoadedRuleset } from './loaded.ts';
import type { RulesPart } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import { rulesetSetting } from './resources.ts';

/** What has a rule that is live. */
export interface LiveSubject {
  readonly kind: 'segment' | 'offer';
  readonly id: string;
}

/** The live rule of a segment, or of who is eligible for an offer, made ready to ask profiles about; null: there is none of that name. */
export function explainLiveRule(
  { kind, id }: LiveSubject,
  rules: RulesPart,
  { attributes, engine }: Pick<LoadedRuleset, 'attributes' | 'engine'>,
  now: Instant,
): Explanation | null {
  const rule = (kind === 'segment' ? rules.segments : rules.eligibility).find((each) => each.id === id);
  if (!rule) return null;
  const explanation = compileExplanation({
    rule: { tree: rule.rule, purpose: rule.purpose },
    book: bookOf(rules.segments, rules.measures),
    attributes,
    models: new Set(),
    timeZone: engine.program.zone.name,
    now,
  });
  if (!explanation.ok) throw new Error(`a live rule does not compile: ${explanation.error[0]?.code}`);
  return explanation.value;
}

/** A rule as a part of the present drafts. Problems are those of `checkRule`. */
export function explainDraftRule(
  rule: string | Expression,
  purpose: Purpose,
  stored: readonly StoredResource[],
  now: Instant,
): Result<Explanation, readonly RulesetProblem[]> {
  const { tree, problems } = checkRule({ rule, as: 'segment', id: null, purpose }, stored, now);
  if (tree === null || problems.length > 0) return err(problems);
  const { attribute, measure, segment, setting } = readDraft(stored).sources;
  const explanation = compileExplanation({
    rule: { tree, purpose },
    book: bookOf(segment, measure),
    attributes: new Map(attribute.map((each) => [each.id, each])),
    models: new Set(),
    timeZone: rulesetSetting(setting).timeZone,
    now,
  });
  if (explanation.ok) return ok(explanation.value);
  throw new Error(`a checked rule does not compile: ${explanation.error[0]?.code}`);
}

function bookOf(
  segments: readonly { readonly id: string; readonly rule: Expression; readonly purpose: Purpose }[],
  measures: readonly { readonly id: string; readonly expression: Expression; readonly purpose: Purpose }[],
): ExplanationInput['book'] {
  return {
    segments: new Map(segments.map(({ id, rule, purpose }): [string, NamedRule] => [id, { tree: rule, purpose }])),
    measures: new Map(
      measures.map(({ id, expression, purpose }): [string, NamedRule] => [id, { tree: expression, purpose }]),
    ),
  };
}
