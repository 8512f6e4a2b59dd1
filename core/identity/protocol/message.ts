import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { ClosedUse, DeviceUses } from './device-uses.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { LinkWish } from './link-wish.ts';
import type { Pid } from './pid.ts';
import type { KeptRow, StrandName, StrandRow } from './strand-row.ts';
import type { Expected, Whereabouts } from './whereabouts.ts';

interface OfOperation {
  readonly operation: string;
}

/** One attempt at the wish of an event. */
interface OfAttempt {
  readonly event: string;
  readonly attempt: number;
}

/**
 * Calls from one profile object to another, and from a driver to its own. Every one may be lost, repeated, and arrive late. The
 * protocol never looks into facts: pages of them, and what else a strand carries (`Carry`: first seen, choices carried at links,
 * recent event ids), are put in and taken out by the shell.
 */
export type ProfileMessage =
  | { readonly kind: 'begin'; readonly row: LinkOperation }
  | { readonly kind: 'status'; readonly operation: string }
  /** `expect`: what the directory said of each identity that should be here; a profile that does not exist yet opens with it. */
  | ({
      readonly kind: 'lock';
      readonly coordinator: Pid;
      readonly expect: Readonly<Record<IdentityKey, Expected>>;
    } & OfOperation)
  /** Fast path: hand over your only strand, if nothing else is open there. Repeating it repeats the answer. `at`: when they met, unless that is now. */
  | ({
      readonly kind: 'take';
      readonly key: IdentityKey;
      readonly from: Whereabouts;
      readonly to: Pid;
      readonly at?: Instant;
    } & OfOperation)
  /** Whether the intent still waits for this attempt: the last question before the commit point. */
  | ({ readonly kind: 'wanted' } & OfAttempt)
  | ({
      readonly kind: 'install';
      readonly strand: StrandName;
      readonly coordinator: Pid;
      readonly epoch: number;
      readonly erasedAt: number;
      readonly uses?: DeviceUses;
    } & OfOperation)
  /**
   * `keepFor`: the history stays here, closed, for that identity; only the identity leaves. To itself: a generation closes in place.
   * `until`: what has happened since goes along all the same.
   */
  | ({
      readonly kind: 'switch';
      readonly strand: StrandName;
      readonly epoch: number;
      readonly to: Pid;
      readonly keepFor: IdentityKey | null;
      readonly until?: Instant;
      readonly uses?: DeviceUses;
    } & OfOperation)
  /** What happened on a device that lives here while others used it is kept for them from now on. */
  | ({
      readonly kind: 'cut';
      readonly strand: IdentityKey;
      readonly pieces: readonly (ClosedUse & { readonly epoch: number })[];
      readonly uses: DeviceUses;
    } & OfOperation)
  /** A page of what `switch` froze. */
  | ({
      readonly kind: 'read';
      readonly strand: StrandName;
      readonly epoch: number;
      readonly after: string | null;
    } & OfOperation)
  | ({
      readonly kind: 'import';
      readonly strand: StrandName;
      readonly epoch: number;
      readonly page: Page;
    } & OfOperation)
  | ({ readonly kind: 'release'; readonly strand: StrandName; readonly epoch: number } & OfOperation)
  | ({ readonly kind: 'graph'; readonly graph: HostedGraph } & OfOperation)
  | ({ readonly kind: 'forward'; readonly to: Pid } & OfOperation)
  | ({ readonly kind: 'unlock' } & OfOperation)
  | ({ readonly kind: 'linked' } & OfAttempt)
  /** The attempt came to nothing: resolve again. */
  | ({ readonly kind: 'aborted' } & OfAttempt)
  /**
   * Path compression, from whoever walked here: `via`, to which this stub forwards, has itself forwarded to `to`. A profile that only let a strand go is no
   * reason: what it gave may come back to it.
   */
  | { readonly kind: 'shorten'; readonly via: Pid; readonly to: Pid }
  | { readonly kind: 'wish'; readonly wish: LinkWish }
  /** `only`: nobody else may live there, or it is refused. */
  | {
      readonly kind: 'erase';
      readonly request: string;
      readonly at: Instant;
      readonly suppress: boolean;
      readonly only?: IdentityKey;
    }
  /** To a stub that forwards to an erased profile: what it still names goes too. */
  | { readonly kind: 'forget'; readonly host: Pid; readonly request: string }
  /** From a person who is being erased, to the profile that has a device of theirs by now: their name goes there too. */
  | { readonly kind: 'disown'; readonly key: IdentityKey; readonly by: IdentityKey }
  /** From the object's own alarm: nothing has happened here since `idleSince`, longer than the time to live. */
  | { readonly kind: 'expire'; readonly idleSince: Instant }
  /** The directory contradicts a restored object. */
  | { readonly kind: 'fence'; readonly key: IdentityKey; readonly where: Whereabouts };

/** What the host of a component is told of it. */
export interface HostedGraph {
  readonly links: readonly Link[];
  readonly claimants: Readonly<Record<IdentityKey, IdentityKey | null>>;
  readonly merges: number;
  /** Absent in operations that were stored before anybody remembered it. */
  readonly uses?: Readonly<Record<IdentityKey, DeviceUses>>;
  /** Came back without facts: what is kept of them here for their claimant goes on living. */
  readonly reopen: readonly IdentityKey[];
  /** Forward here from now on. */
  readonly stubs: readonly Stub[];
}

export interface Stub {
  readonly pid: Pid;
  readonly at: Instant;
}

/** Some facts of a strand, in the order of their keys. The rows belong to the shell. */
export interface Page {
  readonly rows: readonly unknown[];
  /** Where the next page begins; null: that was the last, and `carry` counts. */
  readonly next: string | null;
  readonly carry: unknown;
}

/** Stands where the shell puts the page in. */
export const NO_PAGE: Page = { rows: [], next: null, carry: null };

export type ProfileReply =
  | { readonly kind: 'ok' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'moved'; readonly to: Pid }
  /** Closed for good, and these were never opened here: whoever was told that they are here moves them on. */
  | { readonly kind: 'never'; readonly keys: readonly IdentityKey[] }
  | {
      readonly kind: 'locked';
      readonly anchor: IdentityKey | null;
      readonly owned: Readonly<Record<IdentityKey, StrandRow>>;
      readonly kept: readonly KeptRow[];
      readonly uses: Readonly<Record<IdentityKey, DeviceUses>>;
      readonly links: readonly Link[];
      readonly merges: number;
      readonly stubs: readonly Stub[];
    }
  /** Of `take`: the first page; the rest by `read`. `stubs` forward there, and so from now on further. */
  | {
      readonly kind: 'taken';
      readonly epoch: number;
      readonly erasedAt: number;
      readonly uses?: DeviceUses;
      readonly stubs: readonly Stub[];
      readonly page: Page;
    }
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'closed'; readonly closed: boolean };

export type LockedReply = Extract<ProfileReply, { kind: 'locked' }>;

/** Calls to a directory object. Each is answered with the node as it is afterwards. */
export type DirectoryMessage =
  /** `mint`: becomes the owner at epoch 1 when nobody is. */
  | { readonly kind: 'resolve'; readonly mint: Pid | null }
  | { readonly kind: 'move'; readonly owner: Pid; readonly epoch: number }
  /** May this owner, idle since then, end? `releasing` in the answer says yes. */
  | { readonly kind: 'release'; readonly owner: Pid; readonly epoch: number; readonly idleSince: Instant }
  /** `at` -1: it only expired, events of before are not fenced. */
  | {
      readonly kind: 'erase';
      readonly owner: Pid;
      readonly epoch: number;
      readonly at: Instant;
      readonly by: { readonly request: string; readonly pid: Pid };
      readonly suppress: boolean;
    };

/** The durable row of one operation at its coordinator. Whoever reads it knows the one next call to make. Holds no facts. */
export interface LinkOperation {
  readonly id: string;
  readonly coordinator: Pid;
  /** Only the identities that count: those fenced by an erasure are left out. */
  readonly wish: LinkWish;
  readonly attempt: number;
  /** Where an intent waits for it; null: nowhere. */
  readonly intentAt: Pid | null;
  /** In the order of locking. */
  readonly participants: readonly { readonly pid: Pid; readonly expect: Readonly<Record<IdentityKey, Expected>> }[];
  readonly held: readonly LockedReply[];
  /** Identities that nobody knew before this wish: their joining is no merge. */
  readonly newcomers: readonly IdentityKey[];
  /** `fast`: the coordinator is locked by its own first write, `take` is the commit point. */
  readonly phase: 'fast' | 'locking' | 'decided' | 'aborting';
  readonly step: number;
  /** From the commit point on: everything that must still happen, in order. Every call may be repeated. */
  readonly script: readonly Call[];
  /** Of a copy that is under way: where its next page begins. */
  readonly after: string | null;
  /** Strands that were copied and held no facts. */
  readonly emptied: readonly StrandName[];
  /** Somebody was busy: no call before this instant. */
  readonly notBefore: Instant;
  readonly tries: number;
}

export type Call =
  | { readonly kind: 'profile'; readonly to: Pid; readonly message: ProfileMessage }
  | { readonly kind: 'directory'; readonly key: IdentityKey; readonly message: DirectoryMessage }
  /** `read` one page at `from`, then `import` it at `to`. */
  | {
      readonly kind: 'copy';
      readonly operation: string;
      readonly from: Pid;
      readonly to: Pid;
      readonly strand: StrandName;
      readonly epoch: number;
      readonly after: string | null;
    };

/** An answer as the driver writes it down; null: nobody knows whether the call was heard. */
export type Answer =
  | { readonly kind: 'profile'; readonly reply: ProfileReply }
  | { readonly kind: 'directory'; readonly node: DirectoryNode }
  /** Of `copy`: what `import` said; of the page read: where the next begins, and how many facts it had. */
  | { readonly kind: 'copied'; readonly reply: ProfileReply; readonly next: string | null; readonly rows: number }
  | null;

/** A call that some open work of a node needs next. `work` and `at` say which, so that an overtaken driver is noticed. */
export interface OpenCall {
  readonly work: string;
  readonly at: string;
  readonly call: Call;
}
