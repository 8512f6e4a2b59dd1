import type { Identity } from '../../event/event.ts';
import type { Instant } from '../../lib/ids.ts';
import type { Stamp } from './stamp.ts';

/** What the engine needs to know of an event. Everything else of it lives with the fact. */
export interface StitchEvent {
  readonly id: string;
  /**
   * `record`: an ordinary event. `merge`: somebody asked to join two identities; it may fail, the event is kept. `force`: an
   * operator asked. `logout`: whoever uses the device next is not this person.
   */
  readonly kind: 'record' | 'merge' | 'force' | 'logout';
  readonly stamp: Stamp;
  readonly identities: readonly Identity[];
  /** A fresh proof or a server key stands behind it. */
  readonly verified: boolean;
  /** What the person chose in this event, by purpose. */
  readonly consent: Readonly<Record<string, ConsentChoiceAt>>;
  /** Arms that experiments gave in this event. */
  readonly assign: Readonly<Record<string, string>>;
}

export interface ConsentChoiceAt {
  readonly choice: 'in' | 'out';
  readonly at: Instant;
}
