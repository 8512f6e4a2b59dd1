import { z } from 'zod';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import type { RuleViews } from '../../core/ruleset/rule-form.ts';
import { storedExpression } from '../../core/segment/schema.ts';
import type { ProblemItem } from '../http/problem.ts';

/** Made from the stored tree; null where there is no rule. */
export const ruleViews = z
  .object({
    text: z.string().meta({ description: 'PQL' }),
    sentence: z.string().meta({ description: 'Plain English' }),
  })
  .nullable()
  .meta({ id: 'RuleViews' });

/** The parser and what describes rules are loaded when an operator first needs them. */
const ruleForm = () => import('../../core/ruleset/rule-form.ts');

/** A resource as put, its rule as text or tree → as stored, its rule as tree. */
export async function withStoredRule<T extends object>(
  kind: ResourceKind,
  body: T,
): Promise<Result<T, readonly ProblemItem[]>> {
  const member = KINDS[kind].expression;
  const rule = member === null ? undefined : (body as Readonly<Record<string, unknown>>)[member];
  if (member === null || rule === undefined) return ok(body);
  const { readRule } = await ruleForm();
  // The schema of the kind let nothing pass but text and trees.
  const read = readRule(rule as Parameters<typeof readRule>[0]);
  if (read.ok) return ok({ ...body, [member]: read.value });
  const { code, detail, position } = read.error;
  return err([{ pointer: `/${member}`, code, detail, ...position }]);
}

/** The rule of a stored resource, for people. Null also where an older version of the code stored something else. */
export async function viewsOfStored(kind: ResourceKind, stored: unknown): Promise<RuleViews | null> {
  const member = KINDS[kind].expression;
  if (member === null) return null;
  const rule = storedExpression.safeParse((stored as Readonly<Record<string, unknown>>)[member]);
  if (!rule.success) return null;
  const { viewsOf } = await ruleForm();
  return viewsOf(rule.data);
}
