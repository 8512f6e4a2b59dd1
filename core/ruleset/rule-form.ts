import { ok, type Result } from '../lib/result.ts';
import { describeExpression } from '../segment/language/describe-expression.ts';
import type { Expression } from '../segment/language/expression.ts';
import { parseExpression } from '../segment/language/parse-expression.ts';
import { printExpression } from '../segment/language/print-expression.ts';
import type { RuleProblem } from '../segment/language/problem.ts';

/** How a rule reads to people. */
export interface RuleViews {
  /** PQL: parsing it gives the same tree. */
  readonly text: string;
  /** Plain English. */
  readonly sentence: string;
}

/**
 * Text or tree → the tree that is stored. A tree goes through its own text, so that what is stored is what a person can read and put
 * back; the position of a problem is then a place in that text. Names and types are not looked at: a draft may be put in any order.
 */
export function readRule(rule: string | Expression): Result<Expression, RuleProblem> {
  const parsed = parseExpression(typeof rule === 'string' ? rule : printExpression(rule));
  return parsed.ok ? ok(parsed.value.tree) : parsed;
}

export function viewsOf(rule: Expression): RuleViews {
  return { text: printExpression(rule), sentence: describeExpression(rule) };
}
