import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { LinkOperation } from './message.ts';
import type { NodeFact } from './node-fact.ts';
import type { Pid } from './pid.ts';

export interface StrandRow {
  /** Rises with every move; the highest owns the identity. */
  readonly epoch: number;
  readonly state: 'owned' | 'incoming' | 'gone';
  readonly to: Pid | null;
  /** Events up to this time belong to somebody who was erased. */
  readonly erasedAt: number;
}

/** What an event wants linked, stored with it in one write, until an operation has done it. */
export interface Intent {
  readonly keys: readonly IdentityKey[];
  readonly stamp: Stamp;
  readonly verified: boolean;
  readonly attempt: number;
  /** The operation of this attempt, and where it is run. */
  readonly operation: { readonly id: string; readonly coordinator: Pid } | null;
}

/** All that one profile object has stored. Absent from storage means `none`. */
export interface ProfileNode {
  readonly pid: Pid;
  readonly state: 'none' | 'live' | 'forwarded' | 'erasing' | 'erased';
  readonly forward: Pid | null;
  readonly strands: Readonly<Record<IdentityKey, StrandRow>>;
  readonly facts: Readonly<Record<string, NodeFact>>;
  readonly links: readonly Link[];
  readonly lock: { readonly operation: string; readonly coordinator: Pid } | null;
  /** Ids of operations that have ended: a message of theirs that comes late is known as late. */
  readonly finished: readonly string[];
  readonly operations: Readonly<Record<string, LinkOperation>>;
  readonly intents: Readonly<Record<string, Intent>>;
  readonly erasure: { readonly request: string; readonly at: Instant } | null;
}

/** All that one directory object has stored; absent means the birth profile at epoch 1. */
export interface DirectoryNode {
  readonly owner: Pid;
  readonly epoch: number;
  readonly erasedAt: number;
  /** The newest erasure and the profile it ended: a repeated request must not hit the successor. */
  readonly erasedBy: { readonly request: string; readonly pid: Pid } | null;
}

export function emptyProfile(pid: Pid): ProfileNode {
  return {
    pid,
    state: 'none',
    forward: null,
    strands: {},
    facts: {},
    links: [],
    lock: null,
    finished: [],
    operations: {},
    intents: {},
    erasure: null,
  };
}
