import { setTimeout as after } from 'node:timers/promises';

/** Waits; answers false when the signal ended the wait. Timers overflow beyond 24 days, so long waits go in steps. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  const stepMs = 2 ** 30;
  try {
    for (let left = ms; left > 0; left -= stepMs) await after(Math.min(left, stepMs), undefined, { signal });
    return !signal.aborted;
  } catch {
    return false;
  }
}
