import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name } from './shared.schema.ts';

export const formSubmitted = defineEventType({
  type: 'form.submitted',
  description: 'A form was sent. Never put what was typed here: name the form.',
  schema: z.looseObject({ formId: name }),
  example: { formId: 'newsletter' },
  labels: {},
  sentBy: ['browser', 'server'],
});
