import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { KeyKind } from './event-type.ts';

export type TimeProblem = 'inFuture' | 'tooOld';

/** Clock differences below this are network time, not skew: correcting them would only shuffle events. */
const SKEW_FLOOR_MS = 2_000;

/** How much the sender's clock is behind ours (negative: ahead), from the time it said it sent the request. 0 without one. */
export function clockSkew(sentAt: Instant | null, receivedAt: Instant): number {
  if (sentAt === null) return 0;
  const skew = receivedAt - sentAt;
  return Math.abs(skew) < SKEW_FLOOR_MS ? 0 : skew;
}

/** The instant an event counts for: `min(occurredAt + skew, receivedAt)`; refused when too far ahead, or too old for a browser. */
export function eventTime(
  occurredAt: Instant,
  skewMs: number,
  receivedAt: Instant,
  sentBy: KeyKind,
): Result<Instant, TimeProblem> {
  const corrected = occurredAt + skewMs;
  if (corrected > receivedAt + limit('futureMs')) return err('inFuture');
  if (sentBy === 'browser' && corrected < receivedAt - limit('browserPastMs')) return err('tooOld');
  return ok(Math.min(corrected, receivedAt) as Instant);
}
