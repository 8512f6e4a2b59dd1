import { z } from 'zod';
import { PURPOSES } from '../../core/policy/purposes.ts';
import { expressionJsonSchema } from '../../core/segment/language/expression.schema.ts';
import { expressionInput, storedExpression } from '../../core/segment/schema.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';
import { ruleLineage } from './rule-lineage.ts';
import { ruleViews } from './rule-member.ts';
import { rulesetProblem } from './ruleset-problem.ts';

/** For whoever writes rules: a console, a command line, a pipeline. Nothing here stores anything. */
export const ruleRoutes: readonly Route[] = [
  route(
    {
      id: 'checkRule',
      method: 'post',
      path: '/rules/check',
      tag: 'rules',
      needs: 'read',
      summary: 'Say what a rule means, reads and lacks, as a part of the present drafts; stores nothing',
      body: z.strictObject({
        rule: expressionInput,
        as: z.enum(['segment', 'measure']).default('segment'),
        id: z.string().max(64).exactOptional().meta({ description: 'Of the resource that it would replace' }),
        purpose: z.enum(PURPOSES).default('personalization'),
        inBrowser: z
          .boolean()
          .exactOptional()
          .meta({ description: 'Judge it as a public segment that is marked for browsers too' }),
      }),
      responses: {
        200: z
          .object({
            valid: z.boolean(),
            tree: storedExpression.nullable(),
            views: ruleViews,
            problems: z.array(rulesetProblem),
            lineage: ruleLineage.nullable(),
          })
          .meta({ id: 'CheckedRule' }),
      },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, body }) => {
      const { config, now } = services;
      const drafts = await config.readDraft(space);
      const { checkRule } = await import('../../core/ruleset/check-rule.ts');
      const checked = checkRule(
        { ...body, id: body.id ?? null },
        drafts.map(({ kind, id, body: stored }) => ({ kind, id, body: JSON.parse(stored) as unknown })),
        now(),
      );
      return { status: 200, body: { valid: checked.problems.length === 0, ...checked } };
    },
  ),
  route(
    {
      id: 'ruleSchema',
      method: 'get',
      path: '/rules/schema',
      tag: 'rules',
      needs: 'read',
      summary: 'The JSON Schema of the tree of a rule or measure',
      responses: { 200: z.looseObject({ $schema: z.string() }) },
      problems: COMMON_PROBLEMS,
    },
    async () => ({ status: 200, body: expressionJsonSchema() }),
  ),
];
