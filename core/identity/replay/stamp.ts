import type { Instant } from '../../lib/ids.ts';

/** When something counts: the event's own time, and among equal times the order of arrival. */
export interface Stamp {
  readonly at: Instant;
  readonly seq: number;
  /** Who said it, for operators only: nothing is decided by it. Absent: not known. */
  readonly source?: string;
}

export function compareStamps(a: Stamp, b: Stamp): number {
  return a.at - b.at || a.seq - b.seq;
}

export function newerStamp(a: Stamp | null, b: Stamp | null): Stamp | null {
  if (a === null || b === null) return a ?? b;
  return compareStamps(a, b) >= 0 ? a : b;
}

/** A sender's clock may run ahead: a login from the future would own its device until that future has come. */
export function clampEventTime(at: Instant, receivedAt: Instant, maxClockSkewMs: number): Instant {
  return Math.min(at, receivedAt + maxClockSkewMs) as Instant;
}
