import { z } from 'zod';

/** Where a replay stands. One file per (source file, its size, mapping). */
export const checkpointSchema = z.strictObject({
  version: z.literal(1),
  file: z.string(),
  mapping: z.string(),
  /** Endpoint and key, as a fingerprint. */
  target: z.string(),
  fromMs: z.number().nullable(),
  toMs: z.number().nullable(),
  encoding: z.enum(['utf8', 'latin1']),
  /** How much later the history is told; null: as it happened. A resumed run keeps it, so that distances stay true. */
  shiftMs: z.number().nullable(),
  /** Selected events settled, counted from the start of the file without a gap. */
  done: z.number().int().min(0),
  /** Ordinals below `done` that the endpoint could not store yet. */
  unavailable: z.array(z.number().int().min(0)),
  /** By code. */
  refused: z.record(z.string(), z.number().int().min(0)),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;
