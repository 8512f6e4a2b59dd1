import { z } from 'zod';

/** A line of the file of parts. */
export const packedPartSchema = z.object({
  name: z.string(),
  hash: z.string(),
  part: z.record(z.string(), z.unknown()),
});
/** Answers of the operator API. */
export const missingPartsSchema = z.object({ missing: z.array(z.string()) });
export const sentPartSchema = z.object({ name: z.string(), hash: z.string() });
export const liveCatalogueSchema = z.object({ items: z.int(), currency: z.string(), sequence: z.int() });
