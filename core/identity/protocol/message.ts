import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { NodeFact } from './node-fact.ts';
import type { Pid } from './pid.ts';

/** What the directory said about an identity: enough to open its strand at a profile that does not exist yet. */
export interface Handout {
  readonly epoch: number;
  readonly erasedAt: number;
}

interface OfOperation {
  readonly operation: string;
}

/** Calls to a profile object. Every one may be lost, repeated, and arrive late. */
export type ProfileMessage =
  | {
      readonly kind: 'event';
      readonly fact: NodeFact;
      readonly handout: Handout | null;
      readonly keys: readonly IdentityKey[];
      readonly stamp: Stamp;
      readonly verified: boolean;
    }
  | {
      readonly kind: 'attempt';
      readonly event: string;
      readonly attempt: number;
      readonly id: string;
      readonly coordinator: Pid;
    }
  | { readonly kind: 'begin'; readonly row: LinkOperation }
  | { readonly kind: 'advance'; readonly operation: string; readonly at: string; readonly reply: ProfileReply | null }
  | ({
      readonly kind: 'lock';
      readonly coordinator: Pid;
      readonly expect: Readonly<Record<IdentityKey, Handout>>;
    } & OfOperation)
  | ({ readonly kind: 'install'; readonly key: IdentityKey; readonly coordinator: Pid } & Handout & OfOperation)
  | ({ readonly kind: 'switch'; readonly key: IdentityKey; readonly epoch: number; readonly to: Pid } & OfOperation)
  | ({
      readonly kind: 'import';
      readonly key: IdentityKey;
      readonly epoch: number;
      readonly rows: readonly NodeFact[];
    } & OfOperation)
  | ({ readonly kind: 'release'; readonly key: IdentityKey; readonly epoch: number } & OfOperation)
  | ({ readonly kind: 'graph'; readonly links: readonly Link[] } & OfOperation)
  | ({ readonly kind: 'forward'; readonly to: Pid } & OfOperation)
  | ({ readonly kind: 'unlock' } & OfOperation)
  | ({ readonly kind: 'status' } & OfOperation)
  | ({ readonly kind: 'lockAnswer'; readonly closed: boolean } & OfOperation)
  | { readonly kind: 'linked'; readonly event: string; readonly attempt: number }
  | { readonly kind: 'erase'; readonly request: string; readonly at: Instant }
  | { readonly kind: 'wipe'; readonly request: string };

export type ProfileReply =
  | { readonly kind: 'ok' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'moved'; readonly to: Pid }
  | { readonly kind: 'locked'; readonly owned: Readonly<Record<IdentityKey, Handout>>; readonly links: readonly Link[] }
  | { readonly kind: 'rows'; readonly rows: readonly NodeFact[] }
  | { readonly kind: 'closed'; readonly closed: boolean };

/** Calls to a directory object. */
export type DirectoryMessage =
  | { readonly kind: 'resolve' }
  | { readonly kind: 'move'; readonly owner: Pid; readonly epoch: number }
  | {
      readonly kind: 'erase';
      readonly owner: Pid;
      readonly epoch: number;
      readonly at: Instant;
      readonly by: { readonly request: string; readonly pid: Pid };
    };

/** The durable row of one link operation at its coordinator. Whoever reads it knows the one next call to make. */
export interface LinkOperation {
  readonly id: string;
  readonly coordinator: Pid;
  readonly event: string;
  readonly attempt: number;
  readonly intentAt: Pid;
  readonly keys: readonly IdentityKey[];
  readonly stamp: Stamp;
  readonly verified: boolean;
  /** In the order of locking. */
  readonly participants: readonly { readonly pid: Pid; readonly expect: Readonly<Record<IdentityKey, Handout>> }[];
  readonly held: readonly Extract<ProfileReply, { kind: 'locked' }>[];
  readonly phase: 'locking' | 'decided' | 'unlocking' | 'aborting';
  readonly step: number;
  /** From the commit point on: everything that must still happen, in order. Every call may be repeated. */
  readonly script: readonly OperationCall[];
  /** Frozen rows by identity, from `switch` until `import`. */
  readonly rows: Readonly<Record<IdentityKey, readonly NodeFact[]>>;
}

export type OperationCall =
  | { readonly to: Pid; readonly message: ProfileMessage }
  | { readonly directory: IdentityKey; readonly message: DirectoryMessage };
