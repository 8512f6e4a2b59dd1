import type { Preview } from '../decision/decision-subject.ts';
import type { OfferTrace, Proposition } from '../decision/proposition.ts';
import type { AcceptedEvent, AuthState, Identity } from '../event/event.ts';
import type { RefusalCode } from '../event/refusal.ts';
import type { IdentityKey } from '../identity/identity-key.ts';
import type { Whereabouts } from '../identity/protocol/whereabouts.ts';
import type { EventId, Instant, ProfileId, Sequence, SourceId, Space } from '../lib/ids.ts';
import type { JsonObject } from '../lib/json.ts';
import type { ConsentChoices, PurposeMask } from '../policy/purposes.ts';
import type { ProfileView, RecentItem } from './wire.ts';

/** What the edge asks of one profile object: plain data, one call, one commit. */
export interface InteractCommand {
  readonly space: Space;
  readonly profile: ProfileId;
  /** The edge's ruleset; the object never evaluates with a lower one than it has applied. */
  readonly sequence: Sequence;
  readonly now: Instant;
  /** The strand that events come through, with the epoch the caller believes in. */
  readonly through: StrandRef;
  /** The visitor's device, when the request came with one: carries the session. */
  readonly device: StrandRef | null;
  /** Default consent of the source: holds while the visitor has chosen nothing. */
  readonly defaultConsent: ConsentChoices;
  /** Purposes that this request rules out whatever was said, as `Sec-GPC` does. */
  readonly denied: PurposeMask;
  readonly events: readonly AcceptedEvent[];
  /** A proof was given in this request: opens a session on the device, and joins it to the person. */
  readonly login: Login | null;
  /** Where the caller believes identities of this command are (signed tokens, directory answers): saves the directory, proves nothing. */
  readonly hints: Readonly<Record<IdentityKey, Whereabouts>>;
  /** State asserted by a server that speaks for a person without a device. */
  readonly assertedState: AuthState | null;
  readonly placements: readonly string[];
  /** What the request itself said, for templates and rankers. With placements only. */
  readonly context?: JsonObject;
  /** Language tags that the visitor reads, the best first. */
  readonly languages?: readonly string[];
  /** Filled in by the object: what is at hand of offers that have a budget. */
  readonly leases?: Readonly<Record<string, number>>;
  /** What a preview link asks for: nothing of the answer is counted. */
  readonly preview?: Preview;
  readonly include: Include;
  /** Seed of this request's proposition ids. */
  readonly requestId: string;
}

export interface Include {
  readonly profile: boolean;
  readonly recent: boolean;
  readonly trace: boolean;
  /** Every membership, not only those that the site may see. */
  readonly allMemberships: boolean;
}

export interface StrandRef {
  readonly identity: Identity;
  readonly epoch: number;
  /** Events up to this time belong to somebody who was erased; -1 for never. */
  readonly erasedAt: number;
  /**
   * The directory, a birth or a signed token said that it lives at `profile`: it may be opened there when nobody is there yet, and beside
   * others when the epoch is newer than what is known there. False: it must be there, or the answer is `unknown`.
   */
  readonly mayOpen: boolean;
}

export interface Login {
  readonly person: Identity;
  /** To whom the proof was given. */
  readonly source?: SourceId;
  /** Where the device's token said it is; null: it was minted for this very request. */
  readonly deviceAt: ProfileId | null;
  /** Single use of a proof, for each device. Null: a server spoke, whose key is proof enough. */
  readonly proof: { readonly jti: string; readonly expiresAt: Instant } | null;
}

/** One RPC reply. Expected failures are values: an error's class does not survive the call. */
export type InteractReply =
  | { readonly ok: true; readonly answer: InteractAnswer }
  | { readonly ok: false; readonly error: InteractError };

export type InteractError =
  /** The identity lives at another profile now; ask there. `known`: events of this command that were stored here before it moved. */
  | { readonly kind: 'moved'; readonly to: ProfileId; readonly epoch: number; readonly known?: readonly EventId[] }
  /** No ruleset is published in this space. */
  | { readonly kind: 'noRuleset' }
  /** The stored data was written by a newer version of the code. */
  | { readonly kind: 'newerData' }
  /** Asked more often than any person visits. Nothing was done: ask again later, not at once. */
  | { readonly kind: 'overloaded' }
  /** Nobody of that name is here, and nothing says that somebody should be: ask the directory. Nothing was created. */
  | { readonly kind: 'unknown' }
  /** Whoever was here has been erased: the directory knows who came after. */
  | { readonly kind: 'erased' }
  /** The proof has been used, on another device or some time before on this one. Nothing was stored. */
  | { readonly kind: 'proofUsed' };

export interface InteractAnswer {
  readonly sequence: Sequence;
  readonly state: AuthState;
  readonly duplicates: readonly EventId[];
  readonly accepted: number;
  /** Events that came after a sign-out in the same batch: send them to `device`; when that is null (the device is still on its way), have them sent again. */
  readonly leftOver: readonly EventId[];
  readonly refused: readonly { readonly id: EventId; readonly code: RefusalCode; readonly detail: string }[];
  readonly propositions: readonly Proposition[];
  /** Contents were left out: the caller holds the very ruleset that decided, and puts them back. */
  readonly bare: boolean;
  readonly memberships: readonly MembershipChange[];
  /** Where the device's token should point from now on, when that changed. */
  readonly device: { readonly at: ProfileId; readonly epoch: number } | null;
  readonly profile: ProfileView | null;
  readonly recent: readonly RecentItem[] | null;
  readonly trace: readonly OfferTrace[] | null;
  readonly cost: Cost;
}

/** What one call cost in storage; the log line and the benchmark print it. */
export interface Cost {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly objectHops: number;
}

export interface MembershipChange {
  readonly segment: string;
  readonly status: 'entered' | 'exited';
  readonly since: Instant;
}

export interface FactKey {
  readonly source: SourceId;
  readonly id: EventId;
}
