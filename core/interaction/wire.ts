import type { OfferTrace, Proposition } from '../decision/proposition.ts';
import type { AuthState, Identity } from '../event/event.ts';
import type { Refusal } from '../event/refusal.ts';
import type { QuarantineReason } from '../identity/hot-value.ts';
import type { IgnoredIdentity } from '../identity/ignored-identity.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { ConsentChoices } from '../policy/purposes.ts';

/**
 * The public wire, as types without zod so that the browser SDK may import them. `schema.ts` beside this file
 * checks the same shapes and a test holds the two together. Instants are ISO 8601 with an offset.
 */
export interface WireEvent {
  /** Idempotency key within the source: 1–64 of letters, digits and `_ . : -`. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  /** From a server key: who it is about. From a browser: claims, stored as such, that link nothing. */
  readonly identities?: readonly Identity[];
  /** Server keys only: how sure the server is that the person is present. Default `recognised`. */
  readonly authState?: AuthState;
  readonly consent?: ConsentChoices;
  readonly context?: JsonObject;
  readonly data: JsonObject;
}

export interface CollectRequest {
  /** The write key; or `?key=`, or `Authorization: Bearer` for a server key. */
  readonly key?: string;
  /** The sender's clock when it sent: corrects skewed clocks. */
  readonly sentAt?: string;
  /** Signed visitor token, for sources in token mode and for servers acting for a visitor. */
  readonly visitor?: string;
  /** Identity proof: a JWT signed by the site's server. Joins the device to the person in this request. */
  readonly proof?: string;
  /**
   * With `proof`: id of the first event that belongs to the sign-in. Those before it in `events` belong to whoever the visitor was until then; left
   * out, all belong to the person.
   */
  readonly proofFrom?: string;
  readonly consent?: ConsentChoices;
  /** Context of every event that brings none. */
  readonly context?: JsonObject;
  readonly events: readonly WireEvent[];
}

export interface InteractRequest extends Omit<CollectRequest, 'events'> {
  readonly events?: readonly WireEvent[];
  /** For a visitor without a token: what `/v1/visitor/link` of another site of the group gave the page they came from. */
  readonly visitorLink?: string;
  /** Placements wanted, at most 30. */
  readonly placements?: readonly string[];
  /** Token of a preview link (`selvedge_preview` in the address): nothing of the visit is stored or counted. */
  readonly preview?: string;
}

export interface DecideRequest {
  /** Who: a foreign identity, or a visitor token. Neither: an unknown visitor. */
  readonly identity?: Identity;
  readonly visitor?: string;
  /** With `identity`: how sure the server is that the person is present. Default `recognised`. */
  readonly authState?: AuthState;
  readonly placements?: readonly string[];
  readonly context?: JsonObject;
  /** Language tags that the visitor reads, the best first, at most 5. */
  readonly languages?: readonly string[];
  /** Token of a preview link. */
  readonly preview?: string;
  /** Adds what the server may see of the profile, and why each offer won or lost. */
  readonly include?: readonly ('profile' | 'recent' | 'trace')[];
}

export interface MembershipView {
  readonly segment: string;
  readonly status: 'entered' | 'exited';
  readonly since: string;
}

export interface VisitorView {
  readonly state: AuthState;
  readonly isNew: boolean;
  /** Only in token mode and for server keys: keep it, send it with the next request. */
  readonly token?: string;
  /** The person that was named does not count now: too many share the id. `until`: ISO 8601. */
  readonly quarantine?: { readonly reason: QuarantineReason; readonly until: string };
}

export interface CollectResponse {
  /** The ruleset sequence that answered. */
  readonly sequence: number;
  readonly receivedAt: string;
  readonly visitor: VisitorView;
  readonly accepted: number;
  /** Ids that this source had sent before. */
  readonly duplicates: readonly string[];
  readonly refused: readonly Refusal[];
  /** Ids that count for nothing, of events that were not refused. Absent: none. */
  readonly ignored?: readonly IgnoredIdentity[];
}

export interface InteractResponse extends CollectResponse {
  readonly propositions: readonly Proposition[];
  /** Memberships that changed in this request, those the site may see. */
  readonly memberships: readonly MembershipView[];
  /** The profile did not answer in time; propositions are fallbacks. */
  readonly degraded?: true;
  /** Set when a preview was asked for. `shown`: nothing of this visit was stored. Else why not, and the answer is the usual one. */
  readonly preview?: 'shown' | 'malformed' | 'forged' | 'expired';
  /** With a preview that was shown: why each offer won or lost. */
  readonly trace?: readonly OfferTrace[];
}

export interface DecideResponse {
  readonly sequence: number;
  readonly visitor: VisitorView;
  readonly propositions: readonly Proposition[];
  readonly memberships: readonly MembershipView[];
  readonly degraded?: true;
  readonly preview?: InteractResponse['preview'];
  readonly profile?: ProfileView;
  readonly recent?: readonly RecentItem[];
  readonly trace?: readonly OfferTrace[];
}

export interface ProfileView {
  readonly id: string;
  readonly identities: readonly Identity[];
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Values now, of those that are known. Instants are ISO 8601, events are their ids. */
  readonly measures: Readonly<Record<string, JsonValue>>;
  readonly events: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** One of the last products viewed, newest first, each once. */
export interface RecentItem {
  readonly productId: string;
  readonly at: string;
}
