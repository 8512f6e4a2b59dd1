import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { AttributeType } from '../../../core/segment/attribute-type.ts';
import { checkRules } from '../../../core/segment/language/check-rules.ts';
import { describeExpression } from '../../../core/segment/language/describe-expression.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { type Check, checkEach } from '../check.ts';
import canonicalTexts from '../tables/canonical-texts.json' with { type: 'json' };
import chainProblems from '../tables/chain-problems.json' with { type: 'json' };
import ruleProblems from '../tables/rule-problems.json' with { type: 'json' };
import sentences from '../tables/sentences.json' with { type: 'json' };
import syntaxProblems from '../tables/syntax-problems.json' with { type: 'json' };

function treeOf(text: string): Expression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value.tree;
}

const ATTRIBUTES = new Map<string, AttributeType>([
  ['age', 'number'],
  ['tier', 'string'],
  ['born', 'instant'],
  ['vip', 'boolean'],
  ['sizes', 'list'],
]);

/** `line:column code: detail` of each problem of the segment `it`, beside a segment `gold` and a measure `spend`. */
function problemsOf(text: string): readonly string[] {
  const found = checkRules({
    segments: new Map([
      ['it', text],
      ['gold', 'true'],
    ]),
    measures: new Map([
      ['spend', 'xEvent.sum(total)'],
      ...(text.startsWith('recursive') ? [['recursive', 'recursive + 1'] as const] : []),
    ]),
    attributes: ATTRIBUTES,
    models: new Set(['churn', 'ltv']),
    timeZone: 'UTC',
  });
  if (found.ok) return [];
  return found.error.map(({ position, code, detail }) => `${position?.line}:${position?.column} ${code}: ${detail}`);
}

const checkProblems = (subject: string, table: Readonly<Record<string, string | readonly string[]>>) =>
  checkEach(subject, Object.entries(table), (text, expected) => {
    deepStrictEqual(problemsOf(text), typeof expected !== 'string' ? expected : expected === '' ? [] : [expected]);
  });

/** Texts of rules and what becomes of them: the canonical text, the sentence, the problems. */
export const checks: readonly Check[] = [
  ...checkEach('canonical text', Object.entries(canonicalTexts), (text, expected) => {
    strictEqual(printExpression(treeOf(text)), expected);
    deepStrictEqual(treeOf(expected), treeOf(text));
  }),
  ...checkEach('sentence', Object.entries(sentences), (text, expected) => {
    strictEqual(describeExpression(treeOf(text)), expected);
  }),
  ...checkProblems('syntax', syntaxProblems),
  ...checkProblems('names and types', ruleProblems),
  ...checkProblems('chains', chainProblems),
];
