import type { JsonValue } from '../../lib/json.ts';
import type { PurposeMask } from '../../policy/purposes.ts';
import type { AttributeBits } from './bits/attribute-bits.ts';
import type { SegmentBits } from './bits/segments.ts';
import type { Log } from './log/log.ts';
import type { Program } from './program.ts';

/** A program made ready to be evaluated from scratch: built once and shared by all profiles. Nothing in it belongs to a profile. */
export interface CoreEngine {
  readonly program: Program;
  readonly bits: AttributeBits;
  readonly segments: SegmentBits;
  /** Evaluates one profile after the other, in the same memory; null: as plain-run.ts does. */
  readonly createRun: (() => Run) | null;
}

/** By segment: 1 for a member. The next call overwrites it. */
export type Run = (log: Log, subject: Subject, now: number) => Uint8Array;

/** What an evaluation asks about the profile besides its events. */
export interface Subject {
  attribute(name: string): JsonValue | undefined;
  /** Purposes that the strand's owner withdrew. */
  withdrawn(strand: number): PurposeMask;
  score(model: string): number | undefined;
}
