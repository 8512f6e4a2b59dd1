import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { DroppedIdentity, RecordProblem } from '../screen-identities.ts';
import type { Link } from './link.ts';
import type { Stamp } from './stamp.ts';
import type { ConsentChoiceAt } from './stitch-event.ts';

/** What came in through one identity, apart from its facts. */
export interface StitchStrand {
  readonly firstSeen: Stamp;
  readonly lastSeen: Instant;
  /** Rises when the identity leaves a history behind. */
  readonly generation: number;
  /** The identity that names the person who has claimed this strand, itself when it is the one; null while nobody has. */
  readonly claimant: IdentityKey | null;
  readonly consent: Readonly<Record<string, StrandChoice>>;
  readonly assigned: Readonly<Record<string, string>>;
  /** Merges of profiles that happened here; those of a profile are the sum over its strands, so a split divides them. */
  readonly merges: number;
}

/** A choice as a strand remembers it. */
export interface StrandChoice extends ConsentChoiceAt {
  readonly verified: boolean;
  /** The identity of the person who chose; null while nobody was known. A yes counts only where that person is. */
  readonly by: IdentityKey | null;
}

/** Where a stored event lives. */
export interface StitchedFact {
  readonly id: string;
  readonly stamp: Stamp;
  readonly strand: IdentityKey;
  readonly generation: number;
  /** The person with whom a closed generation stayed; null while the fact goes where its strand goes. */
  readonly keptBy: IdentityKey | null;
}

export interface EventOutcome {
  readonly kind: 'stored' | 'rejected' | 'nobody' | 'late';
  readonly primary: IdentityKey | null;
  readonly problem: RecordProblem | null;
  readonly dropped: readonly (Omit<DroppedIdentity, 'reason'> & { readonly reason: DropCause })[];
  readonly refused: 'conflict' | 'capacity' | 'maxMerges' | null;
  readonly removed: readonly Link[];
  readonly evicted: readonly IdentityKey[];
}

/** `erased`: the event is older than the erasure of this identity. `suppressed`: it asked never to be known again. */
export type DropCause = DroppedIdentity['reason'] | 'erased' | 'suppressed';

export interface Erasure {
  /** Events up to this time are not taken back: clients repeat what was erased. */
  readonly at: Instant;
  readonly suppress: boolean;
}

/** All that stitching knows, as plain data: links, strands, where facts live, who was erased. Never changed in place. */
export interface StitchState {
  readonly links: ReadonlyMap<IdentityKey, ReadonlyMap<IdentityKey, Link>>;
  readonly strands: ReadonlyMap<IdentityKey, StitchStrand>;
  readonly facts: ReadonlyMap<string, StitchedFact>;
  readonly erasures: ReadonlyMap<IdentityKey, Erasure>;
  /** What became of each event, by its id. */
  readonly outcomes: ReadonlyMap<string, EventOutcome>;
}

export const EMPTY_STITCH: StitchState = {
  links: new Map(),
  strands: new Map(),
  facts: new Map(),
  erasures: new Map(),
  outcomes: new Map(),
};
