import type { TimeUnit } from './time-unit.ts';

/**
 * The stored form of rules and measures: plain JSON, discriminated by `op`. It is what the author wrote, without
 * layout: names are not resolved yet, because what a bare name means depends on where the tree stands (profile, element,
 * quantifier variable, chain label). JSON Schema: expression.schema.ts. Text form: parse-expression.ts, print-expression.ts.
 */
export type Expression =
  | Literal
  | ListLiteral
  | DateLiteral
  | CalendarUnit
  | Now
  | Path
  | Field
  | Conjunction
  | Not
  | Conditional
  | Compare
  | Arithmetic
  | Call
  | Filter
  | Quantifier
  | Aggregate
  | Let
  | InSegment
  | Score
  | Occurs
  | Chain
  | Duration;

export interface Literal {
  readonly op: 'literal';
  /** Numbers are finite. */
  readonly value: string | number | boolean;
}

export interface ListLiteral {
  readonly op: 'list';
  readonly items: readonly Expression[];
}

/** A calendar day. Where an instant is wanted: its midnight in the ruleset's time zone. */
export interface DateLiteral {
  readonly op: 'date';
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** `yesterday`, `this week`, `next century`: the unit that holds `now`, or its neighbour. As an instant: its start. */
export interface CalendarUnit {
  readonly op: 'calendar';
  readonly unit: TimeUnit;
  readonly shift: -1 | 0 | 1;
}

export interface Now {
  readonly op: 'now';
}

/**
 * A name and the fields below it. `climb` counts the `^`. Without one, the first step is a quantifier variable, `let`
 * name or chain label if one of that name is in scope, else a name of the nearest element or, outside, of the profile.
 * `steps` may be empty only after a climb: then it is the enclosing element itself.
 */
export interface Path {
  readonly op: 'path';
  readonly climb: number;
  readonly steps: readonly string[];
}

/** Fields of a computed value: `orders.head().price`. Over a list it maps. */
export interface Field {
  readonly op: 'field';
  readonly of: Expression;
  readonly steps: readonly string[];
}

export interface Conjunction {
  readonly op: 'and' | 'or';
  readonly of: readonly Expression[];
}

export interface Not {
  readonly op: 'not';
  readonly of: Expression;
}

export interface Conditional {
  readonly op: 'if';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Compare {
  readonly op: 'compare';
  readonly is: Comparison;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Arithmetic {
  readonly op: 'arithmetic';
  readonly is: '+' | '-' | '*' | '/' | '%';
  readonly left: Expression;
  readonly right: Expression;
}

/** A function of function-table.ts; `args[0]` is the subject, if the function has one. */
export interface Call {
  readonly op: 'call';
  readonly function: string;
  readonly args: readonly Expression[];
}

/** The elements for which the condition is true; bare names inside are the element's. */
export interface Filter {
  readonly op: 'filter';
  readonly of: Expression;
  readonly where: Expression;
}

export interface Binding {
  readonly variable: string;
  /** May use the variables bound before it. */
  readonly from: Expression;
  /** Left out: every element. */
  readonly where?: Expression;
}

/** `select` is the list of elements of the first binding for which the other bindings have a match. */
export interface Quantifier {
  readonly op: 'exists' | 'forall' | 'select';
  readonly bindings: readonly Binding[];
}

/** `sum X.price over X from orders where …`: the numbers that `value` gives, one for each element. */
export interface Aggregate extends Binding {
  readonly op: 'sum' | 'average' | 'min' | 'max';
  readonly value: Expression;
}

export interface Let {
  readonly op: 'let';
  readonly variable: string;
  readonly value: Expression;
  readonly in: Expression;
}

export interface InSegment {
  readonly op: 'inSegment';
  readonly segment: string;
}

/** Output of a published model for the profile. */
export interface Score {
  readonly op: 'score';
  readonly model: string;
}

/** What follows `occurs`, and what stands in `WHEN(…)`. */
export type Moment =
  | {
      readonly is: '<' | '<=' | '=' | '>=' | '>';
      /** A whole number. */
      readonly amount: number;
      readonly unit: TimeUnit;
      readonly side: 'before' | 'after';
      readonly time: Expression;
    }
  /** `at` is written as the bare TIME: equality with an instant, inside of a calendar unit. */
  | { readonly is: 'before' | 'after' | 'on' | 'at'; readonly time: Expression }
  | { readonly is: 'between'; readonly from: Expression; readonly to: Expression };

export interface Occurs {
  readonly op: 'occurs';
  readonly of: Expression;
  readonly when: Moment;
}

export interface ChainStep {
  readonly label: string;
  readonly what: Expression;
  readonly when?: Moment;
  /** Bounds the gap since the event chosen for an earlier step. */
  readonly after?: {
    readonly label: string;
    readonly is: '<' | '<=' | '>' | '>=';
    readonly amount: number;
    readonly unit: TimeUnit;
  };
  /** Left out: one event. */
  readonly count?: { readonly is: '=' | '<' | '<=' | '>' | '>='; readonly n: number };
}

/** No such event between the neighbours, or after the last one. */
export interface ChainExclusion {
  readonly label: string;
  readonly exclude: Expression;
}

export interface Chain {
  readonly op: 'chain';
  readonly of: Expression;
  /** Field of an element that holds its time: `timestamp`. */
  readonly by: readonly string[];
  readonly steps: readonly (ChainStep | ChainExclusion)[];
}

/** `7 days` as an argument: the half-life of `decayed`. Exact units only. */
export interface Duration {
  readonly op: 'duration';
  readonly amount: number;
  readonly unit: TimeUnit;
}

export function isExclusion(step: ChainStep | ChainExclusion): step is ChainExclusion {
  return 'exclude' in step;
}
