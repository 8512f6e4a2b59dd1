import type { Identity } from '../event/event.ts';
import { emptyProfile, type ProfileNode } from '../identity/protocol/node-state.ts';
import type { UsedProof } from '../identity/used-proofs.ts';
import type { Instant, ProfileId, Sequence, Space } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import { type Merged, mergedAttributes } from '../profile/merge.ts';
import { countsHere, type Strand, sameIdentity } from '../profile/strand.ts';
import type { Engine } from '../segment/runtime/engine.ts';
import { createLog, type Log } from '../segment/runtime/log/log.ts';
import type { Program } from '../segment/runtime/program.ts';
import type { Resident } from '../segment/runtime/resident.ts';
import { Memberships } from './memberships.ts';
import type { NotedAnswer } from './noted-answer.ts';
import type { Outbox } from './outbox.ts';

/** A proven person on a device that is still on its way here: the session opens when the device arrives. */
export interface WaitingSession {
  readonly device: Identity;
  readonly person: Identity;
  /** When the proof was given. */
  readonly since: Instant;
  readonly until: Instant;
}

/** The part of a protocol node that is no strand. */
export type Stitch = Omit<ProfileNode, 'pid' | 'strands' | 'kept'>;

export function stitchOf({ pid: _, strands: _s, kept: _k, ...stitch }: ProfileNode): Stitch {
  return stitch;
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
  /** Links, locks and open work; strands and what is kept are read off `strands` (`nodeOf`). */
  stitch: Stitch;
  /** Rises with every sighting of a link: tells which of two at one instant came later. */
  linkSeq: number;
  sessions: WaitingSession[];
  /** Proofs that signed somebody in here: each is good once. */
  proofs: readonly UsedProof[];
  /** Ids of events that are stored elsewhere are kept in their own table until then; null: there are none. */
  seenUntil: Instant | null;
  /** Of what was erased here. */
  archiveKeys: readonly string[];
  /** When the last facts came: an anonymous profile that is idle for too long ends. */
  activeAt: Instant;
  /** When the one physical alarm will ring; null: not armed. */
  armedAt: Instant | null;
  /** When facts that are kept no more were last all deleted; null: never. */
  sweptAt: Instant | null;
  /** The last answer that was noted. Not stored: a request that is answered twice is answered twice at once. */
  noted?: NotedAnswer;
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
    stitch: stitchOf(emptyProfile(profile)),
    linkSeq: 0,
    sessions: [],
    proofs: [],
    seenUntil: null,
    archiveKeys: [],
    activeAt: now,
    armedAt: null,
    sweptAt: null,
    live: null,
    attributes: new Map(),
  };
}

/** The strand that new facts of an identity go to, or the one that tells where they go. What is kept of it for somebody is another. */
export function findStrand(
  state: ProfileState,
  identity: Identity,
): { readonly strand: Strand; readonly index: number } | null {
  for (const [index, strand] of state.strands.entries()) {
    if (strand.keptBy === null && !strand.leaving && sameIdentity(strand.identity, identity)) return { strand, index };
  }
  return null;
}

/** Somebody's facts count here. False: nobody was ever here, or all have left. */
export function isSomebody({ strands }: ProfileState): boolean {
  return strands.some(countsHere);
}

/** `attributes`: how they are merged under the ruleset that is to read them. */
export function refreshAttributes(state: ProfileState, attributes?: ReadonlyMap<string, Merged>): void {
  state.attributes = mergedAttributes(state.strands, attributes);
}

/** The verified person identity of the profile, when it has one. */
export function personOf(state: ProfileState): Identity | null {
  return state.strands.find((strand) => strand.trust === 'verified' && strand.state === 'owned')?.identity ?? null;
}
