import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const identityLinked = defineEventType({
  type: 'identity.linked',
  description:
    "The identities of this event are one person's, says a system that knows: a CRM, an import of pairs. It links like any event of a server.",
  schema: z.looseObject({ source: name.optional() }),
  example: { source: 'crm-export' },
  labels: {},
  sentBy: ['server'],
  necessary: true,
});
