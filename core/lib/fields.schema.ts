import { z } from 'zod';
import { isSlug } from './ids.ts';
import { parseInstant } from './instant.ts';
import type { JsonValue } from './json.ts';
import { limit } from './limits.ts';

/** Members that resources of several kinds have, in the one form that they have everywhere. */
export const slug = z
  .string()
  .refine(isSlug, 'lower-case letters, digits and dashes, 1-32 long')
  .meta({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$' });
export const name = z.string().trim().min(1).max(120);
export const content = z.json() as unknown as z.ZodType<JsonValue>;
export const instant = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== null, 'ISO 8601 with an offset')
  .meta({ examples: ['2026-11-22T10:00:00Z'] });

/** Names with slashes between. */
const FOLDER =
  /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*(?:\/[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*)*$/u;

/** What every kind of resource may have for the people who look after it: core/ruleset/annotations.ts. */
export const annotations = {
  description: z.string().max(2000).exactOptional(),
  folder: z
    .string()
    .max(200)
    .regex(FOLDER, 'names of letters, digits, spaces, dots and dashes, with slashes between: summer/sale')
    .exactOptional()
    .meta({ description: 'Where lists show it', examples: ['summer/sale'] }),
  tags: z
    .array(z.string().trim().min(1).max(64))
    .max(limit('tagsPerResource'))
    .superRefine(noDoubles)
    .exactOptional()
    .meta({
      description: "Lists find it by them; affinity rankers compare those of an offer with a person's interests",
    }),
  owner: z.string().min(1).max(64).exactOptional().meta({ description: 'Name of the operator who looks after it' }),
};

export function noDoubles(items: readonly string[], context: z.RefinementCtx): void {
  items.forEach((item, i) => {
    if (items.indexOf(item) < i) context.addIssue({ code: 'custom', path: [i], message: 'it is there already' });
  });
}
