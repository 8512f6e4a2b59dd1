import { z } from 'zod';
import { defineEventType } from '../event-type.ts';
import { name, url } from './shared.schema.ts';

export const pageViewed = defineEventType({
  type: 'page.viewed',
  description: 'A page or a screen of a single-page application was shown.',
  schema: z.looseObject({
    url,
    title: name.optional(),
    path: url.optional(),
    referrer: url.optional(),
    pageType: name.optional(),
  }),
  example: { url: 'https://shop.example/men', title: 'Men', pageType: 'category' },
  labels: {},
  sentBy: ['browser', 'server'],
});
