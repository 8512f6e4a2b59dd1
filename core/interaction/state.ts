import type { Identity } from '../event/event.ts';
import type { Instant, ProfileId, Sequence, Space } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import { mergedAttributes } from '../profile/merge.ts';
import { type Strand, sameIdentity } from '../profile/strand.ts';
import type { Engine } from '../segment/runtime/engine.ts';
import { createLog, type Log } from '../segment/runtime/log/log.ts';
import type { Program } from '../segment/runtime/program.ts';
import type { Resident } from '../segment/runtime/resident.ts';
import { Memberships } from './memberships.ts';
import type { Outbox } from './outbox.ts';

/** A device on its way here: stored with the facts that asked for it, before any other object is called. */
export interface LinkIntent {
  readonly identity: Identity;
  /** Where the device was when the wish was stored. */
  readonly from: ProfileId;
  /** Epoch that the caller's token carried: used when nobody knows the device yet. */
  readonly epoch: number;
  /** Whose proof asked for it: the session opens when the device arrives. */
  readonly person: Identity;
  readonly at: Instant;
  /** Set once the facts are here: the profile that gave them and still has to hear so. */
  readonly takenFrom?: ProfileId;
}

/** The running evaluation of a profile. */
export interface Live {
  readonly engine: Engine;
  readonly resident: Resident;
  /** By strand, those that were asked for: the purposes that hide its facts. The resident took them for given. */
  readonly withdrawn: ReadonlyMap<number, PurposeMask>;
  /** When the object must wake for a flip; undefined: has to be found. */
  wake: Instant | null | undefined;
}

/**
 * One person's state as the object holds it in memory: a private draft of that object, changed in place by `interact`
 * and stored in the same turn. All of it but facts and outbox can be rebuilt from facts.
 */
export interface ProfileState {
  readonly space: Space;
  readonly profile: ProfileId;
  readonly createdAt: Instant;
  /** Commits so far. */
  revision: number;
  /** Highest ruleset sequence applied: evaluation never goes below it. */
  sequence: Sequence;
  /** `Program.logHash` of the program that the log was made for. */
  logHash: string;
  strands: Strand[];
  log: Log;
  memberships: Memberships;
  /** The instant that memberships are true for. */
  evaluatedAt: Instant;
  outbox: Outbox;
  intents: LinkIntent[];
  /** When the one physical alarm will ring; null: not armed. */
  armedAt: Instant | null;
  /** Derived, not stored. */
  live: Live | null;
  /** Derived, not stored: the merged view of all strands. */
  attributes: ReadonlyMap<string, JsonValue>;
}

export function createState(space: Space, profile: ProfileId, now: Instant, program: Program): ProfileState {
  return {
    space,
    profile,
    createdAt: now,
    revision: 0,
    sequence: 0 as Sequence,
    logHash: program.logHash,
    strands: [],
    log: createLog(program.log),
    memberships: new Memberships(),
    evaluatedAt: now,
    outbox: { nextId: 1, chunks: [] },
    intents: [],
    armedAt: null,
    live: null,
    attributes: new Map(),
  };
}

/** The strand that new facts of an identity go to, or the newest closed one that tells where they go. */
export function findStrand(
  state: ProfileState,
  identity: Identity,
): { readonly strand: Strand; readonly index: number } | null {
  for (let index = state.strands.length - 1; index >= 0; index--) {
    const strand = state.strands[index];
    if (strand && sameIdentity(strand.identity, identity)) return { strand, index };
  }
  return null;
}

export function refreshAttributes(state: ProfileState): void {
  state.attributes = mergedAttributes(state.strands);
}

/** The verified person identity of the profile, when it has one. */
export function personOf(state: ProfileState): Identity | null {
  return state.strands.find((strand) => strand.trust === 'verified' && strand.state === 'owned')?.identity ?? null;
}
