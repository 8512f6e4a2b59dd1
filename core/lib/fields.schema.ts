import { z } from 'zod';
import { isSlug } from './ids.ts';
import { parseInstant } from './instant.ts';
import type { JsonValue } from './json.ts';

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
