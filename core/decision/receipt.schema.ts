import { z } from 'zod';
import { AUTH_STATES } from '../event/event.ts';
import { parseProfileId } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { ALL_PURPOSES_MASK } from '../policy/purposes.ts';
import { LEFT_OUT_FOR, type LeftOutReceipt } from './kept-receipt.ts';
import { REASONS, type Reason } from './proposition.ts';
import type { Receipt } from './receipt.ts';

const id = z.string().max(200);
const count = z.int().min(0);
const profile = z
  .string()
  .refine((text) => parseProfileId(text) !== null)
  .nullable();
const line = z.strictObject({
  slot: count,
  offer: id.nullable(),
  reason: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]),
  experiment: id.exactOptional(),
  variant: id.exactOptional(),
  score: z.number().exactOptional(),
  propensity: z.number().min(0).max(1).exactOptional(),
  language: id.exactOptional(),
  fill: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .exactOptional(),
});
const score = z.union([z.tuple([id, z.number().nullable()]), z.tuple([id, z.number().nullable(), z.number()])]);

/** A receipt that was kept somewhere: of the right form. Whether it is right, its replay says. */
const receiptSchema = z.strictObject({
  v: z.union([z.literal(1), z.literal(2)]),
  request: id,
  at: z.int(),
  sequence: count,
  profile,
  state: z.enum(AUTH_STATES),
  consent: z.int().min(0).max(ALL_PURPOSES_MASK),
  placements: z.array(id).max(limit('placementsPerRequest')),
  shown: z.array(line),
  rules: z.string().regex(/^[A-Za-z0-9_-]*$/),
  tie: z.int().exactOptional(),
  languages: z.array(id).exactOptional(),
  assigned: z.record(z.string(), id).exactOptional(),
  counts: z.record(z.string(), count).exactOptional(),
  leases: z.record(z.string(), z.number()).exactOptional(),
  missing: z.array(z.string()).exactOptional(),
  scores: z.array(z.tuple([count], score)).exactOptional(),
  drawnFor: z.array(z.tuple([count, id, z.string().max(64)])).exactOptional(),
  preview: z.record(z.string(), id).exactOptional(),
});

const leftOutSchema = z.strictObject({
  v: z.literal(2),
  request: id,
  at: z.int(),
  sequence: count,
  profile,
  leftOut: z.enum(LEFT_OUT_FOR),
  bytes: count,
});

/** Null: that is none. */
export function parseLeftOut(json: unknown): LeftOutReceipt | null {
  const parsed = leftOutSchema.safeParse(json);
  return parsed.success ? (parsed.data as unknown as LeftOutReceipt) : null;
}

/** `error`: JSON pointer of the first thing that is wrong. */
export function parseReceipt(json: unknown): Result<Receipt, string> {
  const parsed = receiptSchema.safeParse(json);
  if (parsed.success) return ok(parsed.data as unknown as Receipt);
  return err(`/${(parsed.error.issues[0]?.path ?? []).join('/')}`);
}
