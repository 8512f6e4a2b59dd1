import type { Instant } from '../../lib/ids.ts';
import type { Sweep } from './sweep-plan.ts';

export interface SweepProgress {
  readonly status: Sweep['status'];
  readonly handled: number;
  readonly failed: number;
  readonly total: number;
  /** 0 to 1; 1 only when done. */
  readonly share: number;
  /** Profiles per second since start, resume or change of rate; null: no batch yet. */
  readonly observedPerSecond: number | null;
  /** At the observed pace, or at the rate while there is none; null: it does not run. */
  readonly estimatedEnd: Instant | null;
}

/** How far a sweep is, for people. */
export function sweepProgress(sweep: Sweep, now: Instant): SweepProgress {
  const { status, done, failed, total, ratePerSecond, pacedFrom } = sweep;
  const handled = done + failed;
  const elapsedMs = now - pacedFrom.at;
  const since = handled - pacedFrom.handled;
  const observedPerSecond = since > 0 && elapsedMs > 0 ? (since / elapsedMs) * 1000 : null;
  // Right after a batch the observed pace is above what the rate allows.
  const pace = Math.min(ratePerSecond, observedPerSecond ?? ratePerSecond);
  const left = Math.max(0, total - handled);
  return {
    status,
    handled,
    failed,
    total,
    share: status === 'done' ? 1 : total === 0 ? 0 : Math.min(0.999, handled / total),
    observedPerSecond,
    estimatedEnd: status === 'running' ? (Math.ceil(now + (left / pace) * 1000) as Instant) : null,
  };
}
