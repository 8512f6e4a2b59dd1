import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';

/** Visits that one profile object has been asked for; in memory alone. */
export interface CallLoad {
  /** Since 1970. */
  readonly second: number;
  /** Within that second, those that were turned away included. */
  readonly calls: number;
  /** Begun and not answered. */
  readonly waiting: number;
}

export const NO_LOAD: CallLoad = { second: 0, calls: 0, waiting: 0 };

/** Notes a call. Not admitted: it is to be turned away before any work, and does not wait. */
export function admitCall(load: CallLoad, now: Instant): { readonly load: CallLoad; readonly admitted: boolean } {
  const second = Math.floor(now / 1000);
  const calls = load.second === second ? load.calls + 1 : 1;
  const admitted = calls <= limit('profileCallsPerSecond') && load.waiting < limit('profileCallsWaiting');
  return { load: { second, calls, waiting: load.waiting + (admitted ? 1 : 0) }, admitted };
}

/** An admitted call was answered. */
export function endCall(load: CallLoad): CallLoad {
  return { ...load, waiting: load.waiting - 1 };
}
