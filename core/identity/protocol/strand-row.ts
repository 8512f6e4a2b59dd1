import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Pid } from './pid.ts';

/** What one profile object knows of one identity: that it lives here, or where it went. */
export interface StrandRow {
  /** Rises with every move; the highest owns the identity. */
  readonly epoch: number;
  /** `incoming`: its history is still being copied. `gone`: lives at `to`. */
  readonly state: 'owned' | 'incoming' | 'gone';
  readonly to: Pid | null;
  /** Events up to this time belong to somebody who was erased; -1 for never. */
  readonly erasedAt: number;
  /** When somebody last signed out on it; absent: never. Under `stay` nothing of before links it any more. */
  readonly leftAt?: Instant;
  /** The identity that names the person beside it: whose history this is while the two are together. */
  readonly claimant: IdentityKey | null;
}

/** Closed generations of a device (`anonymousHistory: stay`): facts that count for the person who claimed them, wherever that person lives. */
export interface KeptRow {
  readonly key: IdentityKey;
  readonly by: IdentityKey;
  /** That of `by` when it came here or was closed: drops late copies. */
  readonly epoch: number;
  readonly state: 'kept' | 'incoming' | 'gone';
}

/** Names a set of facts inside one profile: the living strand of an identity, or what is kept of it for somebody. */
export type StrandName = IdentityKey | KeptName;
export type KeptName = `${IdentityKey}\n${IdentityKey}`;

export function keptName(key: IdentityKey, by: IdentityKey): KeptName {
  return `${key}\n${by}`;
}

/** Values are trimmed and hold no line feed at their ends; one inside a value is no name of ours, so the last one counts. */
export function isKeptName(name: StrandName): name is KeptName {
  return name.includes('\n');
}
