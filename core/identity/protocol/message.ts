import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { LinkOperation } from './link-operation.ts';
import type { NodeFact, Pid } from './node-state.ts';

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
