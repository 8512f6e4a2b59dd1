import { describe, expect, it } from 'vitest';
import { noteUse, UNUSED, type ValueUse } from '../../../core/identity/hot-value.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';

const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;
const at = (ms: number) => (T0 + ms) as Instant;
const uses = (times: number, one: (use: ValueUse, i: number) => ValueUse, from = UNUSED) =>
  Array.from({ length: times }, (_, i) => i).reduce(one, from);

describe('a value that is asked for too often', () => {
  const flood = (ms: number, from = UNUSED) =>
    uses(limit('identityCallsPerSecond') + 1, (use) => noteUse(use, null, at(ms)), from);

  it('is put into quarantine with the call that is one too many, and leaves it when an hour was quiet', () => {
    const most = uses(limit('identityCallsPerSecond'), (use) => noteUse(use, null, at(0)));
    expect(most.quarantine).toBeNull();
    const over = noteUse(most, null, at(0));
    expect(over.quarantine).toEqual({ reason: 'tooOften', since: at(0), until: at(HOUR) });
    expect(noteUse(over, null, at(HOUR - 1)).quarantine).not.toBeNull();
    expect(noteUse(over, null, at(HOUR)).quarantine).toBeNull();
  });

  it('stays there while it goes on, and is told to the storage once a minute, not with each call', () => {
    const first = flood(0);
    expect(flood(30_000, first).quarantine).toBe(first.quarantine);
    expect(flood(90_000, first).quarantine).toEqual({ reason: 'tooOften', since: at(0), until: at(HOUR + 90_000) });
  });

  it('counts each second for itself', () => {
    const calm = uses(5 * limit('identityCallsPerSecond'), (use, i) => noteUse(use, null, at(i * 10)));
    expect(calm.quarantine).toBeNull();
  });
});

describe('a value that too many devices want to be', () => {
  const devices = (count: number, apart: number) => uses(count, (use, i) => noteUse(use, i, at(i * apart)));

  it('is put into quarantine with the device that is one too many within 24 hours', () => {
    const most = limit('devicesPerIdentityDay');
    expect(devices(most, 1000).quarantine).toBeNull();
    expect(devices(most + 1, 1000).quarantine).toMatchObject({ reason: 'tooManyDevices' });
    expect(devices(2 * most, 2 * HOUR).quarantine).toBeNull();
  });

  it('is not for the same devices again and again, and remembers no more than it needs', () => {
    const few = uses(500, (use, i) => noteUse(use, i % 3, at(i * 1000)));
    expect([few.quarantine, few.linkers.length]).toEqual([null, 3]);
    expect(devices(500, 1).linkers).toHaveLength(limit('devicesPerIdentityDay') + 1);
  });

  it('writes nothing for a device that it knows', () => {
    const once = noteUse(UNUSED, 7, at(0));
    expect(noteUse(once, 7, at(1)).linkers).toBe(once.linkers);
  });
});
