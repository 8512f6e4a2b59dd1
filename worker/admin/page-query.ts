import { z } from 'zod';

/** Pages of numbered things, newest first: `before` takes `next` of the page before. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().min(1).exactOptional(),
});
