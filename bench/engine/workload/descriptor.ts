/**
 * What a segment of the workload asks for, in nobody's language: from it come its PQL text (rule-text.ts), the closures
 * of the baseline and the conditions of GrowthBook.
 */
export type ProfileRule =
  | { readonly is: 'eq'; readonly attribute: string; readonly value: string | number | boolean }
  | { readonly is: 'in'; readonly attribute: string; readonly values: readonly string[] }
  /** Closed below, open above; one of the two may be absent. */
  | { readonly is: 'range'; readonly attribute: string; readonly from: number | null; readonly below: number | null }
  | { readonly is: 'contains' | 'startsWith'; readonly attribute: string; readonly text: string }
  /** The pattern is found anywhere; RE2 and JavaScript agree on it. */
  | { readonly is: 'matches'; readonly attribute: string; readonly pattern: string }
  | { readonly is: 'and' | 'or'; readonly of: readonly ProfileRule[] }
  | { readonly is: 'not'; readonly of: ProfileRule };

export interface ProfileSegment {
  readonly id: string;
  readonly rule: ProfileRule;
}

export type Profile = Readonly<Record<string, string | number | boolean>>;

export type EventCondition =
  | { readonly is: 'eq'; readonly property: 'category' | 'brand'; readonly value: string }
  | { readonly is: 'in'; readonly property: 'category' | 'brand'; readonly values: readonly string[] }
  /** Closed below, open above. */
  | { readonly is: 'range'; readonly property: 'price'; readonly from: number; readonly below: number };

export interface EventFilter {
  readonly type: string;
  /** All of them hold. */
  readonly where: readonly EventCondition[];
}

/** All windows are closed: an event exactly `days` before now is in it. */
export type BehaviourTest =
  | { readonly is: 'count'; readonly filter: EventFilter; readonly days: number; readonly atLeast: number }
  /** Of the prices. */
  | { readonly is: 'sum'; readonly filter: EventFilter; readonly days: number; readonly atLeast: number }
  /** At least one. */
  | { readonly is: 'recency'; readonly filter: EventFilter; readonly days: number }
  /** `first` in the window, later `second` within so many minutes of it, and no `without` strictly between the two. */
  | {
      readonly is: 'sequence';
      readonly first: EventFilter;
      readonly second: EventFilter;
      readonly without: EventFilter | null;
      readonly withinMinutes: number;
      readonly days: number;
    };

export interface BehaviourSegment {
  readonly id: string;
  readonly test: BehaviourTest;
  /** "No purchase in 30 days". */
  readonly negated: boolean;
}

export interface RawEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds. No two events of a workload share one. */
  readonly at: number;
  readonly source: string;
  readonly data: {
    readonly category: string;
    readonly brand: string;
    /** Two decimals. */
    readonly price: number;
    readonly productId: string;
    readonly quantity: number;
    readonly path: string;
  };
}

/** One sticky experiment: the same person always gets the same variation. */
export interface Bucketing {
  readonly key: string;
  /** Sum 1. */
  readonly weights: readonly number[];
}
