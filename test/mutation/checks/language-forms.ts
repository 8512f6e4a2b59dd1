import { deepStrictEqual } from 'node:assert/strict';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { type Check, checkEach } from '../check.ts';
import specialForms from '../tables/special-forms.json' with { type: 'json' };

function found(text: string): unknown {
  const parsed = parseExpression(text);
  if (parsed.ok) return parsed.value.tree;
  const { position, code, detail } = parsed.error;
  return `${position?.line}:${position?.column} ${code}: ${detail}`;
}

/** Texts and their trees, or what is wrong with them: calls, quantifiers, aggregates, names that are keywords elsewhere, tokens. */
export const checks: readonly Check[] = checkEach('form', Object.entries(specialForms), (text, expected) =>
  deepStrictEqual(found(text), expected),
);
