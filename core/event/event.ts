import type { EventId, Instant, SourceId } from '../lib/ids.ts';
import type { JsonObject } from '../lib/json.ts';
import type { ConsentChoices, PurposeMask } from '../policy/purposes.ts';

/** How sure we are, for this request, that the person in front of the device is the person of the profile. Weakest last. */
export const AUTH_STATES = ['authenticated', 'recognised', 'loggedOut', 'anonymous'] as const;
export type AuthState = (typeof AUTH_STATES)[number];

/** One id of a person or device: (namespace, value). From a request it is a claim until proven. */
export interface Identity {
  readonly namespace: string;
  readonly value: string;
}

/** An event that passed the door: typed, timed, purposed, not yet stored. Plain data: it crosses the object call. */
export interface AcceptedEvent {
  readonly id: EventId;
  readonly source: SourceId;
  readonly type: string;
  /** When it happened, by the rule of `event-time.ts`. */
  readonly at: Instant;
  readonly receivedAt: Instant;
  readonly purposes: PurposeMask;
  /** What the person chose in this very event, when they did. */
  readonly consent?: ConsentChoices;
  /** `server` facts are trusted with money; `browser` facts are what a page claimed. */
  readonly sentBy: 'browser' | 'server';
  /** Ids that the event claimed beside its primary identity. Stored as claims. */
  readonly claims?: readonly Identity[];
  /**
   * Ids that are trusted enough to link, by falling priority, the primary first; absent when there are fewer than two. Normalised by
   * the door; stored with the fact.
   */
  readonly links?: readonly Identity[];
  readonly data: JsonObject;
  readonly context: JsonObject;
}

/** A stored event: what came, through which strand, under which authentication state. The truth that everything else derives from. */
export interface Fact extends AcceptedEvent {
  /** Number of the strand inside its profile. */
  readonly strand: number;
  readonly auth: AuthState;
}
