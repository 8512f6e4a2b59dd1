import type { Purpose } from '../policy/purposes.ts';
import type { EventQuery, Rule } from './rule.ts';

/**
 * The compiled, JSON-serialisable form of all rules of a ruleset. Positions are stable inside one program.
 * `hash` changes exactly when stored posting lists may no longer fit: profiles then rebuild from facts.
 */
export interface SegmentProgram {
  readonly hash: string;
  readonly segments: readonly CompiledSegment[];
  /** Distinct event queries of all rules, windows left out: one posting list each. */
  readonly queries: readonly CompiledQuery[];
}

export interface CompiledSegment {
  readonly id: string;
  readonly purpose: Purpose;
  /** Positions of the segments that the rule names; always smaller than its own (topological order). */
  readonly uses: readonly number[];
  readonly rule: Rule;
}

export interface CompiledQuery {
  readonly query: EventQuery;
  /** Fields whose values must be kept with each posting, because a condition compares them with an attribute, or a sum reads them. */
  readonly kept: readonly string[];
}
