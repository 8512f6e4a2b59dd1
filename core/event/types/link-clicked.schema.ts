import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name, url } from './shared.schema.ts';

export const linkClicked = defineEventType({
  type: 'link.clicked',
  description: 'A link was followed, also to another site.',
  schema: z.looseObject({ url, text: name.optional(), placement: name.optional() }),
  example: { url: 'https://shop.example/sale', text: 'To the sale' },
  labels: {},
  sentBy: ['browser', 'server'],
});
