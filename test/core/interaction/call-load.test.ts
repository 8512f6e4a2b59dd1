import { describe, expect, it } from 'vitest';
import { admitCall, type CallLoad, endCall, NO_LOAD } from '../../../core/interaction/call-load.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';

const at = (ms: number) => (1_800_000_000_000 + ms) as Instant;
/** So many calls, each answered before the next. */
function answered(load: CallLoad, calls: number, now: Instant) {
  let admitted = 0;
  let held = load;
  for (let i = 0; i < calls; i++) {
    const next = admitCall(held, now);
    if (next.admitted) admitted++;
    held = next.admitted ? endCall(next.load) : next.load;
  }
  return { load: held, admitted };
}

describe('calls of one profile', () => {
  const most = limit('profileCallsPerSecond');

  it('are admitted up to the limit of a second, and again in the next one', () => {
    const first = answered(NO_LOAD, most + 50, at(0));
    expect(first.admitted).toBe(most);
    expect(answered(first.load, 1, at(999)).admitted).toBe(0);
    expect(answered(first.load, most + 1, at(1000)).admitted).toBe(most);
  });

  it('are turned away while too many wait, whatever the second, and not for longer', () => {
    let load = NO_LOAD;
    for (let i = 0; i < limit('profileCallsWaiting'); i++) {
      const next = admitCall(load, at(i * 1000));
      expect(next.admitted).toBe(true);
      load = next.load;
    }
    const over = admitCall(load, at(500_000));
    expect([over.admitted, over.load.waiting]).toEqual([false, limit('profileCallsWaiting')]);
    expect(admitCall(endCall(over.load), at(501_000)).admitted).toBe(true);
  });
});
