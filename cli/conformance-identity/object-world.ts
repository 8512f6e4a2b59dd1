import type { Identity } from '../../core/event/event.ts';
import type { ConsentChoices } from '../../core/policy/purposes.ts';
import type { VectorConfig } from './vector.schema.ts';

/**
 * The product as the second runner sees it: real objects behind the doors that everybody has. Times are those of the vector; whoever
 * implements this maps them to a clock that it drives. A module that exports `createObjectWorld` is named with `--objects`.
 */
export interface ObjectWorld {
  /** Faults of `harness.faults` that it can bring about. `retry-every-rpc`: every request is sent twice, too. */
  readonly faults: ReadonlySet<string>;
  readonly abilities: ReadonlySet<Ability>;
  /** A space of its own under these rules, live. The error says why the product does not take them. */
  open(config: VectorConfig, faults: readonly string[]): Promise<ObjectSpace>;
  stop(): Promise<void>;
}

/**
 * What not every world can do. `claim`: an event that proves nothing links what it names. `logout`: of an id that is no device of ours.
 * `hint`: a visit goes to the profile that it believes in, and its calls are counted. `restore`: one object goes back to what it was.
 */
export type Ability = 'claim' | 'logout' | 'hint' | 'restore';

export interface ObjectSpace {
  /** Publishes other rules and waits until they are live. */
  configure(config: VectorConfig): Promise<void>;
  /** The clock stands at `t` or later; nothing rings. */
  moveClock(t: number): Promise<void>;
  /** The clock goes to `t`, and every alarm on the way rings at its time. */
  advance(t: number): Promise<void>;
  /** One request with one event; again, as a client does, while nobody has taken it. */
  send(event: SentEvent): Promise<Sent>;
  link(a: Identity, b: Identity): Promise<void>;
  split(identities: readonly Identity[]): Promise<void>;
  /** Returns when nothing of it is left to do. */
  erase(identity: Identity, scope: 'identity' | 'person', suppress: boolean): Promise<void>;
  /** Every object is to be remembered as it is now, under this name. */
  remember(name: string): Promise<void>;
  restore(profile: string, name: string): Promise<void>;
  /** Waits until nothing is under way in these profiles. */
  settle(profiles: readonly string[]): Promise<void>;
  /** Null: nobody of that name is stored. */
  find(who: Identity | { readonly profile: string }): Promise<FoundProfile | null>;
  /** Every event of a profile. */
  eventsOf(profile: string): Promise<readonly FoundEvent[]>;
}

export interface SentEvent {
  readonly id: string;
  /** Whoever uses its device next is not this person. */
  readonly logout: boolean;
  /** The profile that its sender believes in. */
  readonly hint: string | null;
  /** Its calls to objects are to be counted. */
  readonly counted: boolean;
  readonly t: number;
  /** When it comes in; null: when it happened. */
  readonly receivedAt: number | null;
  readonly identities: readonly Identity[];
  readonly verified: boolean;
  readonly consent: ConsentChoices | null;
  /** Attributes that it sets; null: it is another event. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly counters: Readonly<Record<string, number>>;
}

export interface Sent {
  readonly refused: Refused | null;
  /** Calls to objects, one after the other; null: not counted. */
  readonly hops: number | null;
}

export interface Refused {
  readonly code: string;
  readonly detail: string;
}

export interface FoundProfile {
  readonly profile: string;
  readonly state: string;
  readonly identities: readonly (Identity & {
    readonly state: string;
    readonly events: number;
    readonly consent: readonly {
      readonly purpose: string;
      readonly choice: string;
      /** Whose word a grant is, where that is not the identity's own. */
      readonly by: Identity | null;
    }[];
  })[];
  readonly links: readonly { readonly a: Identity; readonly b: Identity }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly openWork: readonly { readonly kind: string }[];
  readonly isLocked: boolean;
}

export interface FoundEvent {
  readonly id: string;
  readonly identity: Identity;
  readonly counters: Readonly<Record<string, number>>;
}

/** What a module for `--objects` exports. */
export interface ObjectWorldModule {
  createObjectWorld(): Promise<ObjectWorld>;
}
