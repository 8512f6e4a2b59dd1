import type { OfferTrace, Proposition } from '../decision/proposition.ts';
import type { AcceptedEvent, AuthState, Fact, Identity } from '../event/event.ts';
import type { RefusalCode } from '../event/refusal.ts';
import type { EventId, Instant, ProfileId, Sequence, SourceId, Space } from '../lib/ids.ts';
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
  /** A proof was given in this request: opens a session on the device, and joins the device from where it is now. */
  readonly login: { readonly person: Identity; readonly deviceAt: ProfileId | null } | null;
  /** Where the device goes when an event signs out: a fresh anonymous profile. */
  readonly afterSignOut: ProfileId | null;
  /** State asserted by a server that speaks for a person without a device. */
  readonly assertedState: AuthState | null;
  readonly placements: readonly string[];
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
  | { readonly kind: 'newerData' };

export interface InteractAnswer {
  readonly sequence: Sequence;
  readonly state: AuthState;
  readonly duplicates: readonly EventId[];
  readonly accepted: number;
  /** Events that came after a sign-out in the same batch: send them to `device`. */
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

/** Leaf call of the link operation: give the device's strand to another profile. Repeating it gives the same answer. */
export interface ReleaseStrandCommand {
  readonly space: Space;
  readonly profile: ProfileId;
  readonly identity: Identity;
  readonly to: ProfileId;
  readonly now: Instant;
}

export type ReleaseStrandReply =
  | {
      readonly ok: true;
      readonly epoch: number;
      readonly generation: number;
      /** Facts that travel: all of an unclaimed history, none of a claimed one. */
      readonly facts: readonly Fact[];
      /** More pages follow from this key. */
      readonly next: FactKey | null;
    }
  | {
      readonly ok: false;
      readonly error:
        | { readonly kind: 'moved'; readonly to: ProfileId; readonly epoch: number }
        | { readonly kind: 'unknown' };
    };

export interface FactKey {
  readonly source: SourceId;
  readonly id: EventId;
}
