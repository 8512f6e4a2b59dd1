import type { JsonObject } from '../../core/lib/json.ts';
import type { CheckedRules, OwnedProblem, RuleTexts } from '../../core/segment/language/check-rules.ts';

export interface ConformanceEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds. */
  readonly at: number;
  readonly source: string;
  readonly data: JsonObject;
  readonly context: JsonObject;
}

/** A case whose rules were accepted. */
export interface CheckedCase {
  readonly rules: CheckedRules;
  /** The segment of `rules` that the case is about. */
  readonly segment: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly profile: JsonObject;
  /** In the order of the file, duplicates included. */
  readonly events: readonly ConformanceEvent[];
  readonly scores: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly now: number;
}

/** What a conformance run asks of an implementation: the oracle, or the engine that ships. */
export interface SegmentEvaluator {
  /** Printed with the result. */
  readonly name: string;
  /** Why these cannot be published. Left out: what the checks of the language say. */
  readonly refuse?: (rules: RuleTexts) => readonly OwnedProblem[];
  /** The value at `now`; null is unknown. */
  readonly evaluate: (checked: CheckedCase) => boolean | null;
  /** Every flip of membership in (now, horizon], in milliseconds, if no further fact arrives. */
  readonly changes: (checked: CheckedCase, horizon: number) => readonly number[];
}
