import type { Instant } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import { limit } from '../lib/limits.ts';

/** Why a value is treated as one that names nobody, for a while: too many visitors share it (a test id, a kiosk, a bot). */
export const QUARANTINE_REASONS = ['tooOften', 'tooManyDevices'] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export interface Quarantine {
  readonly reason: QuarantineReason;
  readonly since: Instant;
  readonly until: Instant;
}

/** What the directory of one identity remembers of its use. `calls` is memory alone; the rest is worth a row. */
export interface ValueUse {
  readonly calls: { readonly second: number; readonly count: number };
  /** Devices that wanted to join it in the last 24 hours, by a hash, oldest first; at most one more than is allowed. */
  readonly linkers: readonly { readonly device: number; readonly at: Instant }[];
  readonly quarantine: Quarantine | null;
}

export const UNUSED: ValueUse = { calls: { second: 0, count: 0 }, linkers: [], quarantine: null };

/**
 * Notes one call about an identity. `device`: hash of the device that wants to be joined to it, null for every other call. A value that is
 * called too often, or joined by too many devices, is put into quarantine; while that goes on, it stays there.
 */
export function noteUse(use: ValueUse, device: number | null, now: Instant): ValueUse {
  const second = Math.floor(now / 1000);
  const calls = { second, count: use.calls.second === second ? use.calls.count + 1 : 1 };
  const linkers = device === null ? use.linkers : withLinker(use.linkers, device, now);
  const held = use.quarantine !== null && use.quarantine.until > now ? use.quarantine : null;
  const reason = reasonOf(calls.count, linkers.length);
  if (reason === null) return { calls, linkers, quarantine: held };
  const until = (now + limit('quarantineMs')) as Instant;
  // Prolonged by the minute, so that a flood does not write a row with each call.
  if (held !== null && until - held.until < 60_000) return { calls, linkers, quarantine: held };
  return { calls, linkers, quarantine: { reason: held?.reason ?? reason, since: held?.since ?? now, until } };
}

function withLinker(linkers: ValueUse['linkers'], device: number, now: Instant): ValueUse['linkers'] {
  const recent = linkers.filter(({ at }) => at > now - DAY_MS);
  if (recent.some((known) => known.device === device)) return recent.length === linkers.length ? linkers : recent;
  return [...recent, { device, at: now }].slice(-(limit('devicesPerIdentityDay') + 1));
}

function reasonOf(calls: number, linkers: number): QuarantineReason | null {
  if (calls > limit('identityCallsPerSecond')) return 'tooOften';
  return linkers > limit('devicesPerIdentityDay') ? 'tooManyDevices' : null;
}
