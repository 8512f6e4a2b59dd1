import type { Instant } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Label } from '../policy/labels.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from '../segment/language/expression.ts';
import { checkRule } from './check-rule.ts';
import { readDraft, type StoredResource } from './draft.ts';
import type { RulesetProblem } from './problem.ts';
import { rulesetSetting } from './resources.ts';
import type { RulesSide } from './rule-nodes.ts';

/** A rule that may not be stored yet, among the rules of the drafts. */
export interface DraftRuleSide {
  readonly side: RulesSide;
  /** The rule's own id in it. */
  readonly id: string;
  /** Of all that it reads. */
  readonly labels: readonly Label[];
}

/** No id of a resource. */
const UNNAMED = 'this rule';

/** Puts one rule, as a segment, among the drafts. Problems are those of `checkRule`: other parts of the drafts may be broken. */
export function draftRuleSide(
  rule: { readonly rule: string | Expression; readonly id: string | null; readonly purpose: Purpose },
  stored: readonly StoredResource[],
  now: Instant,
): Result<DraftRuleSide, readonly RulesetProblem[]> {
  const { tree, problems, lineage } = checkRule({ ...rule, as: 'segment' }, stored, now);
  if (tree === null || lineage === null || problems.length > 0) return err(problems);
  const { segment, measure, attribute, setting } = readDraft(stored).sources;
  const id = rule.id ?? UNNAMED;
  return ok({
    id,
    labels: lineage.labels,
    side: {
      rules: {
        segments: [...segment.filter((each) => each.id !== id), { id, rule: tree, purpose: rule.purpose }],
        measures: measure,
        eligibility: [],
      },
      offers: [],
      attributes: attribute,
      timeZone: rulesetSetting(setting).timeZone,
    },
  });
}
