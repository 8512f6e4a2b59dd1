import type { AuthState } from '../event/event.ts';
import type { Assignments } from '../experiment/assignment.ts';
import type { Instant } from '../lib/ids.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import type { Value } from '../segment/runtime/value.ts';
import type { Decided } from './ledger.ts';

/** Everything about the visitor that deciding may use. What is left out is not known. */
export interface DecisionSubject {
  readonly now: Instant;
  readonly state: AuthState;
  /** Purposes consented to now. */
  readonly consented: PurposeMask;
  /** 1 where the program's rule at that position is true. */
  readonly members: Uint8Array;
  /** Id of the profile: divides ties and experiments. Left out: ties go to the lower id of an offer. */
  readonly unit?: string;
  /** The value in a namespace that an experiment hashes. */
  unitOf?(namespace: string): string | null;
  /** More of the person is on its way here: nobody is assigned anew, because what comes may bring an assignment. */
  readonly isJoining?: boolean;
  /** Value of a cell of the program now. */
  value?(cell: number): Value;
  /** What a template may show at a path, in this authentication state; undefined: nothing. `item`: of the offer, for paths of it. */
  publicValue?(path: string, item: string | null): JsonValue | undefined;
  /** Language tags, the best first. */
  readonly languages?: readonly string[];
  /** Of all strands. */
  readonly ledger?: Decided;
  /** Of all strands, joined. */
  readonly assignments?: Assignments;
  /** What is at hand of offers that have a budget, by offer. */
  readonly leases?: Readonly<Record<string, number>>;
  /** Ids of items that a strategy recommends, the best first. */
  recommend?(strategy: string): readonly string[];
  readonly context?: JsonObject;
  readonly preview?: Preview | null;
}

/** What a preview link asks for. Nothing of such an answer is counted or stored. */
export interface Preview {
  /** By placement: this offer, whoever may have it. */
  readonly offers: Readonly<Record<string, string>>;
  /** By experiment. */
  readonly variants: Readonly<Record<string, string>>;
  /** As a member of these: offers whose eligibility is just that fit. */
  readonly segments?: readonly string[];
  /** As if it were then. */
  readonly at?: Instant | null;
}
