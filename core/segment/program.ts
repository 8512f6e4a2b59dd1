import type { JsonPrimitive } from '../lib/json.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { AttributeType } from './attribute-type.ts';
import type { Comparison, EventCondition, NumberComparison } from './rule.ts';

/**
 * The compiled, JSON-serialisable form of all rules of a ruleset: one graph of distinct nodes over distinct event queries.
 * Positions are stable inside one program. `hash` covers the queries and nothing else, so it changes exactly when stored
 * posting lists may no longer fit: profiles then rebuild from facts. Thresholds, windows and attribute tests may change freely.
 */
export interface SegmentProgram {
  readonly hash: string;
  /** Topological order: a segment stands after every segment that it names. */
  readonly segments: readonly CompiledSegment[];
  /** Children stand before their parents. */
  readonly nodes: readonly CompiledNode[];
  /** Distinct event queries of all rules, windows and comparisons with attributes left out: one posting list each. */
  readonly queries: readonly CompiledQuery[];
}

export interface CompiledSegment {
  readonly id: string;
  readonly purpose: Purpose;
  /** Positions of the segments that the rule names; always smaller than its own. */
  readonly uses: readonly number[];
  /** Position of the rule's top node. */
  readonly root: number;
  /** What the rule reads, itself and through the segments it names: the list that policies, erasure and lineage use. */
  readonly reads: SegmentReads;
}

export interface SegmentReads {
  readonly attributes: readonly string[];
  /** Event type → the fields of such events that are looked at. */
  readonly events: Readonly<Record<string, readonly string[]>>;
  readonly purposes: readonly Purpose[];
}

export interface CompiledQuery {
  readonly types: readonly string[];
  /** Conditions with literals only, in canonical order. */
  readonly where: readonly EventCondition[];
  /** Fields whose values must be kept with each posting, because a condition compares them with an attribute, or a sum reads them. */
  readonly kept: readonly string[];
}

export type CompiledNode =
  | { readonly op: 'and' | 'or'; readonly of: readonly number[] }
  | { readonly op: 'not'; readonly of: number }
  | {
      readonly op: 'attribute';
      readonly name: string;
      readonly type: AttributeType;
      readonly is: Comparison;
      readonly value?: Literal;
    }
  | { readonly op: 'count'; readonly of: EventSelector; readonly is: NumberComparison; readonly value: number }
  /** `column` is the summed field's place in the query's `kept`. */
  | {
      readonly op: 'sum';
      readonly column: number;
      readonly of: EventSelector;
      readonly is: NumberComparison;
      readonly value: number;
    }
  | {
      readonly op: 'didNotSince';
      readonly did: EventSelector;
      readonly notSince?: EventSelector;
      readonly thenSince?: EventSelector;
    }
  /** `segment` is a position in `segments`. */
  | { readonly op: 'inSegment'; readonly segment: number };

/** Instants are milliseconds here, whatever form the rule gave. */
export type Literal = JsonPrimitive | readonly JsonPrimitive[];

/** Which postings of one list a node sees. */
export interface EventSelector {
  readonly query: number;
  /** Closed window in ms; null: any time up to now. */
  readonly withinMs: number | null;
  /** Facts that were not collected for it, or whose strand withdrew it, do not exist. */
  readonly purpose: Purpose;
  /** Comparisons of a kept field with an attribute: they depend on the profile as it is at evaluation, so no list can hold them. */
  readonly where: readonly AttributeCondition[];
}

export interface AttributeCondition {
  readonly column: number;
  readonly is: Comparison;
  readonly attribute: string;
  readonly type: AttributeType;
}
