import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { DeviceUses } from './device-uses.ts';
import type { LinkWish } from './link-wish.ts';
import type { LinkOperation, Stub } from './message.ts';
import type { Pid } from './pid.ts';
import type { KeptName, KeptRow, StrandRow } from './strand-row.ts';
import type { Whereabouts } from './whereabouts.ts';

/** All that one profile object has stored, but its facts. Absent from storage means `none`. */
export interface ProfileNode {
  readonly pid: Pid;
  readonly state: 'none' | 'live' | 'forwarded' | 'erasing' | 'erased';
  /** The identity it was born for: it hosts the component that holds it. Null until the first strand opens. */
  readonly anchor: IdentityKey | null;
  readonly forward: Pid | null;
  readonly strands: Readonly<Record<IdentityKey, StrandRow>>;
  readonly kept: Readonly<Record<KeptName, KeptRow>>;
  readonly links: readonly Link[];
  /** Of devices that live here. */
  readonly uses: Readonly<Record<IdentityKey, DeviceUses>>;
  /** Merges that made this profile. */
  readonly merges: number;
  readonly lock: Lock | null;
  /** Ids of operations that have ended, newest last, bounded: a message of theirs that comes late is known as late. */
  readonly finished: readonly string[];
  readonly operations: Readonly<Record<string, LinkOperation>>;
  /** What events want linked, stored with them in one write, until an operation has done it. By event name. */
  readonly intents: Readonly<Record<string, Intent>>;
  readonly erasure: Erasure | null;
  /** Asking the directories whether it may end for idleness; any visit puts an end to that. */
  readonly expiry: { readonly idleSince: Instant; readonly agreed: readonly IdentityKey[] } | null;
  /** Profiles that forward here, as long as tokens may still name them. */
  readonly stubs: readonly Stub[];
}

export interface Lock {
  readonly operation: string;
  readonly coordinator: Pid;
  readonly since: Instant;
  /** The strand that `take` handed over: until `release` it comes back if the operation is given up. */
  readonly taken: IdentityKey | null;
}

/** `at` -1: it expired, nobody asked for it. */
export interface Erasure {
  readonly request: string;
  readonly at: Instant;
  readonly suppress: boolean;
}

export interface Intent {
  readonly wish: LinkWish;
  readonly attempt: number;
  /** Not before this instant: somebody was busy. */
  readonly notBefore: Instant;
  /** What the directory has said in this attempt. */
  readonly found: Readonly<Record<IdentityKey, Whereabouts>>;
  /** Nobody has heard of them, in this attempt; by which profile they are to be born. */
  readonly unborn: Readonly<Record<IdentityKey, Pid>>;
  /** The directory named a profile that closed before it had them: where they go instead. */
  readonly orphans: Readonly<Record<IdentityKey, Pick<Whereabouts, 'owner' | 'epoch'>>>;
  /** Born for this wish. */
  readonly newcomers: readonly IdentityKey[];
  /** The operation of this attempt, and where it is run; `row` as it must begin there, null when it is run here. */
  readonly operation: { readonly id: string; readonly coordinator: Pid; readonly row: LinkOperation | null } | null;
}

export function emptyProfile(pid: Pid): ProfileNode {
  return {
    pid,
    state: 'none',
    anchor: null,
    forward: null,
    strands: {},
    kept: {},
    links: [],
    uses: {},
    merges: 0,
    lock: null,
    finished: [],
    operations: {},
    intents: {},
    erasure: null,
    expiry: null,
    stubs: [],
  };
}
