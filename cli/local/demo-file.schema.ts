import { z } from 'zod';

/** `.selvedge/demo.json`, as the local start writes it. Other members are its own business. */
export const demoFileSchema = z.looseObject({
  endpoint: z.url().optional(),
  operatorToken: z.string().optional(),
  serverKeys: z.looseObject({ import: z.string().optional() }).optional(),
});
