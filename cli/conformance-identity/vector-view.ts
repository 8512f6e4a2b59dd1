/** One profile as a vector can ask about it. Identities are written `NS:value`. */
export interface ViewedProfile {
  readonly ids: readonly string[];
  /** The identity that names the person; null for nobody. */
  readonly person: string | null;
  readonly links: readonly (readonly [string, string])[];
  readonly eventIds: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly consent: Readonly<Record<string, 'in' | 'out'>>;
  readonly assigned: Readonly<Record<string, string>>;
}

/** What there is to see at one moment of a vector, whoever ran it: the pure engine or the real objects. */
export interface VectorView {
  /** Fields of `expect` that this runner cannot see; a vector that has them is asked elsewhere too. */
  readonly hidden: ReadonlySet<string>;
  readonly profiles: readonly ViewedProfile[];
  readonly eventCount: number;
  readonly rejected: readonly string[];
  readonly refused: readonly string[];
  readonly evicted: readonly string[];
  /** Identities that an event named and that were ignored, by event. */
  readonly dropped: ReadonlyMap<string, readonly string[]>;
  /** The strand under which each event is stored. */
  readonly primary: ReadonlyMap<string, string>;
  /** Events of before the newest erasure, to tell what is fresh. */
  readonly erasedEvents: ReadonlySet<string>;
  /** The identity whose birth profile hosts a profile. */
  readonly hostOf: (profile: ViewedProfile) => string | null;
  /** Calls between objects that an event took, by event. */
  readonly hops: ReadonlyMap<string, number>;
  readonly locksHeld: number;
  readonly openOps: number;
  /** Objects without data, named `profile-of:<event>`. */
  readonly emptyObjects: ReadonlySet<string>;
}
