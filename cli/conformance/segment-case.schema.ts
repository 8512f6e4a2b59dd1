import { z } from 'zod';
import type { JsonValue } from '../../core/lib/json.ts';

const json: z.ZodType<JsonValue> = z.json();
const object = z.record(z.string(), json);
const texts = z.record(z.string(), z.string());
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'an instant in ISO 8601 form');

const shared = {
  id: z.string(),
  note: z.string().optional(),
  rule: z.string(),
  timeZone: z.string().optional(),
  measures: texts.optional(),
  segments: texts.optional(),
};

const refusal = z.object({
  ...shared,
  profile: object.optional(),
  events: z.array(json).optional(),
  now: instant.optional(),
  expectError: z.object({ line: z.int().optional(), column: z.int().optional() }),
});

const evaluation = z.object({
  ...shared,
  profile: object,
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      at: instant,
      data: object.optional(),
      source: z.string().optional(),
      context: object.optional(),
    }),
  ),
  now: instant,
  expect: z.boolean().nullable(),
  scores: z.record(z.string(), z.number()).optional(),
  horizon: instant.optional(),
  changes: z.array(instant).optional(),
});

/** One case of `spec/segments.md`, section 4. */
export const segmentCase = z.union([refusal, evaluation]);

/** The file around the cases: each is read by itself, so that one bad case is one failure. */
export const segmentCaseFile = z.array(z.unknown());

export type SegmentCase = z.infer<typeof segmentCase>;
export type EvaluationCase = z.infer<typeof evaluation>;
