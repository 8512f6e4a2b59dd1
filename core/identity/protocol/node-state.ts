import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { LinkOperation } from './link-operation.ts';

/** Ordered id of a profile: birth tier, anchor identity, and what made it other than birth. Compared as text. */
export type Pid = string;

export interface NodeFact {
  readonly id: string;
  readonly at: Instant;
  readonly strand: IdentityKey;
}

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

/** The identity that a profile was born for: it is host of the component that holds it. */
export function anchorOf(pid: Pid): IdentityKey {
  return pid.slice(2).replace(/~.*$/, '') as IdentityKey;
}

export function birthPid(key: IdentityKey, unique: boolean): Pid {
  return `${unique ? 0 : 1}:${key}`;
}

/** A profile that an operation makes; the same operation always makes the same one. */
export function madePid(key: IdentityKey, maker: string): Pid {
  return `1:${key}~${maker}`;
}
