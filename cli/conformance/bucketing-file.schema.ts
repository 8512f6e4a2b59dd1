import { z } from 'zod';

const range = z.tuple([z.number(), z.number()]);

/** The sections of GrowthBook's public cases.json that are about bucketing, and the form of one case of each. */
export const BUCKETING_CASES = {
  hash: z.tuple([z.string(), z.string(), z.number(), z.number().nullable()]),
  getBucketRange: z.tuple([
    z.string(),
    z.tuple([z.int().max(10_000), z.number(), z.array(z.number()).nullable()]),
    z.array(range),
  ]),
  chooseVariation: z.tuple([z.string(), z.number(), z.array(range), z.number()]),
  inNamespace: z.tuple([z.string(), z.string(), z.tuple([z.string(), z.number(), z.number()]), z.boolean()]),
  getEqualWeights: z.tuple([z.int().max(10_000), z.array(z.number())]),
} as const;

export type BucketingSection = keyof typeof BUCKETING_CASES;
export type BucketingCase<S extends BucketingSection> = z.infer<(typeof BUCKETING_CASES)[S]>;

/** The file around the cases: each is read by itself, so that one bad case is one failure. */
export const bucketingFile = z.record(z.string(), z.unknown());
