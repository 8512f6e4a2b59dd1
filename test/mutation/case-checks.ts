import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { runSegmentCases } from '../../cli/conformance/run-segment-cases.ts';
import { segmentCase } from '../../cli/conformance/segment-case.schema.ts';
import type { SegmentEvaluator } from '../../cli/conformance/segment-evaluator.ts';
import { describeExpression } from '../../core/segment/language/describe-expression.ts';
import { expressionSchema } from '../../core/segment/language/expression.schema.ts';
import type { Expression } from '../../core/segment/language/expression.ts';
import { sizeOf } from '../../core/segment/language/expression-size.ts';
import { parseExpression } from '../../core/segment/language/parse-expression.ts';
import { printExpression } from '../../core/segment/language/print-expression.ts';
import type { Check } from './check.ts';

/** What every rule of the language keeps, whatever it means. */
function checkRuleText(text: string): void {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.detail}`);
  const { tree, offsets } = parsed.value;
  const canonical = printExpression(tree);
  const again = parseExpression(canonical);
  deepStrictEqual(again.ok && again.value.tree, tree);
  deepStrictEqual(again.ok && printExpression(again.value.tree), canonical);
  deepStrictEqual(expressionSchema.parse(JSON.parse(JSON.stringify(tree))), tree);
  match(describeExpression(tree), /^[^a-z].*\.$/su);
  ok(sizeOf(tree, 1_000).nodes > 0);
  const offset = offsets.get(tree);
  ok(offset !== undefined && offset >= 0 && offset < text.length);
}

function ruleTexts(file: readonly unknown[]): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const json of file) {
    const parsed = segmentCase.safeParse(json);
    if (!parsed.success || 'expectError' in parsed.data) continue;
    const { rule, segments = {}, measures = {} } = parsed.data;
    for (const text of [rule, ...Object.values(segments), ...Object.values(measures)]) texts.add(text);
  }
  return texts;
}

/** One check for each rule text of the files. */
export function ruleChecks(files: readonly (readonly unknown[])[]): readonly Check[] {
  const texts = new Set(files.flatMap((file) => [...ruleTexts(file)]));
  return [...texts].map((text) => ({ name: `rule ${text}`, run: () => checkRuleText(text) }));
}

/**
 * One check for each case and evaluator.
 * @public Named in text that dev/mutation/suite.ts bundles.
 */
export function caseChecks(
  files: readonly (readonly unknown[])[],
  evaluators: readonly SegmentEvaluator[],
): readonly Check[] {
  return evaluators.flatMap((evaluator) =>
    files.flatMap((file, i) =>
      file.map((json, j) => ({
        name: `${evaluator.name}, case ${j + 1} of file ${i + 1}`,
        run: () => deepStrictEqual(runSegmentCases([json], evaluator).failures, []),
      })),
    ),
  );
}

/**
 * Builds what is built once (grammar, schema), so that it counts as the loading of the code, not as a check's own.
 * @public Named in text that dev/mutation/suite.ts bundles.
 */
export function warmUp(): void {
  const tree: Expression = { op: 'now' };
  parseExpression('true');
  expressionSchema.safeParse({ op: 'not', of: tree });
}
