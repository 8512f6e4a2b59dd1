import type { PurposeMask } from '../../policy/purposes.ts';
import type { Pattern } from '../language/pattern.ts';
import type { Code } from './code.ts';
import type { Window } from './window.ts';

/**
 * The compiled form of all segments, measures and eligibility rules of a ruleset: plain JSON, made at publish by `segment/compile`,
 * run by `segment/runtime`. Nothing in it belongs to a profile, and nothing is looked up by name when it runs.
 *
 * Three layers, each knowing only the one below:
 * 1. **log and queries**: the profile's events as columns; a query is a static filter over them (types and fields against literals) whose
 *    matching rows are its posting list;
 * 2. **cells**: everything that is computed once for all rules: measures, thresholds over windows, sequences, general conditions. A cell has a
 *    value at `now` and an `until`: the first later millisecond at which the value may differ if no new fact arrives;
 * 3. **literals and segments**: every distinct condition owns up to two literals, "is true" and "is false". Unknown is neither. A segment
 *    is jump code over literals: its rule in negation normal form, where Kleene's logic needs no third value.
 */
export interface Program {
  readonly format: 2;
  /** Fingerprint of `log`: differs exactly when a stored log may lack something that this program reads. */
  readonly logHash: string;
  /** Fingerprint of `queries`: folded day buckets of another one mean nothing here. */
  readonly queryHash: string;
  readonly log: LogPlan;
  readonly zone: ZoneTable;
  /** Names of the profile's attributes that are read; everything else names them by position. */
  readonly attributes: readonly string[];
  readonly queries: readonly Query[];
  readonly cells: readonly Cell[];
  /** Number of 32-bit words that hold all literals. Literal `l` is bit `l & 31` of word `l >> 5`. */
  readonly words: number;
  readonly predicates: readonly PredicateGroup[];
  readonly segments: readonly ProgramSegment[];
  /** Triples: literal, program counter when it is set, program counter when not. Counters below 0 are ends: see JUMP. */
  readonly code: readonly number[];
  /** Every cell c as `c` and every segment s as `~s`, each after all that it reads. */
  readonly order: readonly number[];
}

/** Ends of jump code; as `start` of a segment: always, never. */
export const JUMP = { member: -1, notMember: -2 } as const;

/** What the log keeps of an event besides its time, id, type, source, strand and purposes. */
export interface LogPlan {
  /** Types whose events some rule can see; null: all. */
  readonly types: readonly string[] | null;
  readonly columns: readonly LogColumn[];
}

export interface LogColumn {
  /** Path in the event: `context` first for the context, anything else in `data`. Over a list it maps. */
  readonly steps: readonly string[];
}

/** Names of what every event has; a negative column means one of these. */
export const EVENT_FIELD = { type: -1, at: -2, id: -3, source: -4, none: -5 } as const;

/** Offsets of one IANA zone: `offsets[i]` ms ahead of UTC from `starts[i - 1]` (inclusive) to `starts[i]`; the last one goes on. */
export interface ZoneTable {
  readonly name: string;
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

/** A filter that depends on the event alone: neither on the profile nor on time. All its conditions must hold. */
export interface Query {
  /** Facts that lack one of these purposes, or whose strand withdrew one, do not exist. */
  readonly purposes: PurposeMask;
  /** Any of these; null: any type. */
  readonly types: readonly string[] | null;
  readonly where: readonly FieldTest[];
  /** What `where` cannot say: a condition with the event in slot `slot`. It reads nothing but the event. */
  readonly rest: { readonly slot: number; readonly code: Code } | null;
}

/** A test of one column against literals. A missing field, or another type, does not match. `in`: any of `values`; else one value. */
export interface FieldTest {
  readonly column: number;
  readonly is: 'in' | '<' | '<=' | '>' | '>=';
  readonly values: readonly (string | number | boolean)[];
}

/** What a cell reads: it is computed anew when one of these changes. */
export interface CellReads {
  /** Positions in `Program.attributes`. */
  readonly attributes: readonly number[];
  readonly queries: readonly number[];
  readonly cells: readonly number[];
  /** Positions of segments. */
  readonly segments: readonly number[];
  /** Reads a model's score: anew at each touch. */
  readonly scores: boolean;
}

/** The literals of a two-sided condition; -1 where nobody asks. */
export interface LiteralPair {
  readonly ifTrue: number;
  readonly ifFalse: number;
}

export type Cell = ValueCell | TruthCell | CountCell | SumCell | SequenceCell;

/** A measure, or a shared part of rules: any value. */
export interface ValueCell {
  readonly kind: 'value';
  readonly code: Code;
  readonly reads: CellReads;
}

/** Any condition. */
export interface TruthCell extends LiteralPair {
  readonly kind: 'truth';
  readonly code: Code;
  readonly reads: CellReads;
}

/** At least `n` (1 or more) rows of the query within the window; null: ever. */
export interface CountCell extends LiteralPair {
  readonly kind: 'count';
  readonly query: number;
  readonly window: Window | null;
  readonly n: number;
  readonly reads: CellReads;
}

/** The sum of a column's numbers over the rows within the window, in their order; rows without a number add nothing. */
export interface SumCell extends LiteralPair {
  readonly kind: 'sum';
  readonly query: number;
  readonly window: Window | null;
  readonly column: number;
  readonly is: '>=' | '>';
  readonly value: number;
  readonly reads: CellReads;
}

/**
 * Chains whose parts are all static: some choice of rows, one for each step, each strictly later than the one before. Everything
 * else is a `chain` in general code.
 */
export interface SequenceCell extends LiteralPair {
  readonly kind: 'sequence';
  readonly steps: readonly SequenceStep[];
  /** No such row after the last step's, up to now; -1: no condition. */
  readonly exclude: number;
  readonly reads: CellReads;
}

export interface SequenceStep {
  readonly query: number;
  readonly window: Window | null;
  /** Longest gap since the step before: at − before < ms. Infinity is null. */
  readonly withinMs: number | null;
  /** No such row strictly between the step before and this one; -1: no condition. Never on the first step. */
  readonly exclude: number;
}

/**
 * Conditions on one attribute by literals of one type. Truths are bits of the `words` words from `word` on, falsehoods of as many words
 * after them, in the order of `predicates`. Where the value is absent or of another type neither is set: unknown. Group `null` is
 * `isNull`, which is never unknown.
 */
export interface PredicateGroup {
  readonly attribute: number;
  readonly type: 'string' | 'number' | 'boolean' | 'null';
  readonly word: number;
  readonly words: number;
  readonly predicates: readonly Predicate[];
}

/**
 * Order inside a group: `=`, `in`, `>=` by rising value, `>` by rising value, the rest. Strings are ordered by code point. `fold`:
 * both sides in Unicode lower case first (`value` is stored folded).
 */
export type Predicate =
  | { readonly is: '=' | '>=' | '>'; readonly value: string | number | boolean }
  | { readonly is: 'in'; readonly values: readonly (string | number | boolean)[] }
  | { readonly is: 'startsWith' | 'endsWith' | 'contains'; readonly value: string; readonly fold: boolean }
  | { readonly is: 'equalsFolded'; readonly value: string }
  | ({ readonly is: 'like'; readonly value: string } & Atoms)
  | ({ readonly is: 'matches'; readonly pattern: Pattern } & Atoms)
  | ({ readonly is: 'matches'; readonly automaton: Automaton } & Atoms)
  | { readonly is: 'isNull' };

/**
 * A pattern finished at publish: whether it is found in a text. Characters that it does not tell apart are a class, from 1; class 0 is the end of
 * the text. A row of `table` holds for each class where the next row begins, or one of AUTOMATON.
 */
export interface Automaton {
  /** Runs of code points: where each begins, rising from 0, and its class. */
  readonly firsts: readonly number[];
  readonly classes: readonly number[];
  readonly table: readonly number[];
  /** The row to begin with, by what stands before (pattern/place.ts). */
  readonly starts: readonly number[];
}

/** Ends of an automaton: the pattern is found, or cannot be any more. */
export const AUTOMATON = { found: -1, dead: -2 } as const;

/** Plain texts that save running a test: a text with one of `passes` passes, one with none of them and of `tries` fails. Missing: always to be run. No `tries`: never. */
export interface Atoms {
  readonly passes?: readonly string[];
  readonly tries?: readonly string[];
}

export interface ProgramSegment {
  readonly id: string;
  /** Where its jump code begins, or an end (JUMP). */
  readonly start: number;
  /** A literal without which nobody is a member, the rarest that is known; -1: none. */
  readonly access: number;
  /** Set from the membership, which is never unknown; -1 where no rule asks. */
  readonly ifMember: number;
  readonly ifNotMember: number;
}
