import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const experimentExposed = defineEventType({
  type: 'experiment.exposed',
  description:
    'A person saw the variant of an experiment that they are assigned to, for the first time. Written by Selvedge when the proposition is displayed.',
  schema: z.looseObject({ experiment: name, version: z.int().min(1), variant: name, proposition: name.optional() }),
  example: { experiment: 'hero-test', version: 1, variant: 'b', proposition: 'prp_1' },
  labels: {},
  sentBy: ['server'],
});
