import type { Bucketing, Profile, RawEvent } from './workload/descriptor.ts';

/** A segment as an operator writes it. */
export interface RuleText {
  readonly id: string;
  /** In our language (PQL). */
  readonly text: string;
}

/** What publishing produces and the edge loads; one versioned thing that fits a store of bytes or of text. */
export type Artefact = Uint8Array | string;

/**
 * What the benchmark asks of an engine. Every number it gives is the count of members, so that no work can be left out;
 * which segments they are is asked of `isMember` between measurements and compared with the baseline. Segments are
 * numbered in the order of the rules. Nothing may be remembered between two calls other than in what is called resident.
 */
export interface Contender {
  readonly name: string;
  /** Module, relative to the root of the project, whose bundle is the run-time evaluator alone: T11. */
  readonly runtimeEntry: string;
  /** At publish. Throws on a rule that is refused: the workload has none. */
  compile(rules: readonly RuleText[]): Artefact;
  /** At the edge, cold. */
  load(artefact: Artefact): Program;
  /** The variation of a person, by index. */
  createAssignment(experiment: Bucketing): (unit: string) => number;
}

export interface Program {
  /** From scratch. `profile` is the raw object. W1, W2, W2x10. */
  evaluateProfile(profile: Profile, now: number): number;
  /** From scratch, over raw event objects in the order of their times. W3. */
  evaluateEvents(events: readonly RawEvent[], now: number): number;
  /** The same events as the engine keeps them. Not measured itself. */
  encodeEvents(events: readonly RawEvent[]): Uint8Array;
  /** From scratch, over what `encodeEvents` gave. W3 of T6. */
  evaluateEncoded(log: Uint8Array, now: number): number;
  /** As of the latest evaluation of this program (not of what is resident). */
  isMember(segment: number): boolean;
  /** A person whose state stays in memory. Not measured itself. */
  open(facts: Facts, now: number): Resident;
  /** Load the state, take the event, decide, save. T8; the state begins as what `Resident.save` gave. */
  roundTrip(state: Uint8Array, event: RawEvent, now: number): RoundTrip;
}

export interface Facts {
  readonly profile: Profile;
  /** In the order of their times. */
  readonly events: readonly RawEvent[];
}

export interface Resident {
  /** Some attributes change; all memberships are brought up to date. W2i. */
  changeAttributes(change: Profile, now: number): number;
  /** One more event arrives and time has moved on to `now`; all memberships are brought up to date. W4. */
  addEvent(event: RawEvent, now: number): number;
  isMember(segment: number): boolean;
  save(): Uint8Array;
}

export interface RoundTrip {
  readonly state: Uint8Array;
  readonly members: number;
  isMember(segment: number): boolean;
}
