import { z } from 'zod';
import { defineEventType } from '../event-type.ts';

export const customEvent = defineEventType({
  type: 'custom',
  description: "A type of the site's own, named `custom.` and a name; its data is free within the caps.",
  schema: z.looseObject({}),
  example: { gift: true },
  productAt: { path: ['productId'], list: false },
  labels: {},
  sentBy: ['browser', 'server'],
});
