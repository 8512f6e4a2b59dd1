import { z } from 'zod';

export const rulesetProblem = z
  .object({
    kind: z.string(),
    id: z.string(),
    pointer: z.string(),
    code: z.string(),
    detail: z.string(),
    line: z.int().exactOptional().meta({ description: 'In the text of the rule, from 1' }),
    column: z.int().exactOptional().meta({ description: 'In the text of the rule, from 1, in UTF-16 units' }),
  })
  .meta({ id: 'RulesetProblem' });
