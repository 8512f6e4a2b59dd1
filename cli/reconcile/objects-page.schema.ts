import { z } from 'zod';

/** One page of `GET /accounts/:account/workers/durable_objects/namespaces/:namespace/objects`. */
export const objectsPageSchema = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
  result: z
    .array(z.looseObject({ id: z.string(), hasStoredData: z.boolean().optional() }))
    .nullish()
    .transform((objects) => objects ?? []),
  result_info: z.looseObject({ cursor: z.string().nullish() }).nullish(),
});
