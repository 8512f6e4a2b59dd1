import type { Pattern } from '../language/pattern.ts';
import type { TimeUnit } from '../language/time-unit.ts';
import type { Window } from './window.ts';

/**
 * General conditions and values: the language's tree with every name resolved. What a name is bound to (an element, a variable, a chain
 * label) stands in a numbered slot; slots are given out per cell or query from 0 and hold one thing at a time. Unknown is null.
 */
export type Code =
  /** Text, number or boolean. */
  | { readonly op: 'literal'; readonly value: string | number | boolean }
  /** A calendar unit by its ends, [start, end); where an instant is wanted: its start. */
  | { readonly op: 'span'; readonly start: number; readonly end: number }
  /** The calendar unit that holds `now`, or its neighbour. */
  | { readonly op: 'calendar'; readonly unit: TimeUnit; readonly shift: -1 | 0 | 1 }
  | { readonly op: 'now' }
  | { readonly op: 'list'; readonly items: readonly Code[] }
  /** An attribute. `otherwise`: the measure of the same name, for where it is absent; -1: none. */
  | { readonly op: 'attribute'; readonly attribute: number; readonly otherwise: number }
  /** The value of a cell. */
  | { readonly op: 'cell'; readonly cell: number }
  /** Whether the person is a member: true or false. */
  | { readonly op: 'member'; readonly segment: number }
  | { readonly op: 'score'; readonly model: string }
  | { readonly op: 'slot'; readonly slot: number }
  /** The rows of a query within the window, in order. Never unknown. */
  | { readonly op: 'rows'; readonly query: number; readonly window: Window | null }
  /** Fields below a value; over a list it maps. `column`: what it is where the value is an event (EVENT_FIELD for negative ones). */
  | { readonly op: 'field'; readonly of: Code; readonly steps: readonly string[]; readonly column: number }
  | { readonly op: 'and' | 'or'; readonly of: readonly Code[] }
  | { readonly op: 'not'; readonly of: Code }
  | { readonly op: 'if'; readonly condition: Code; readonly whenTrue: Code; readonly whenFalse: Code }
  | {
      readonly op: 'compare';
      readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=';
      readonly left: Code;
      readonly right: Code;
    }
  | { readonly op: 'arithmetic'; readonly is: '+' | '-' | '*' | '/' | '%'; readonly left: Code; readonly right: Code }
  /** A function of `segment/language/function-table.ts`. Arguments that are evaluated for each element find it in `slot`. */
  | {
      readonly op: 'call';
      readonly function: string;
      readonly args: readonly Code[];
      readonly slot: number;
      /** Of `matches` and `regexGroup`. */
      readonly pattern?: Pattern;
      /** Of `decayed`; the argument is left out of `args`, which are then [list, weight?] or, with `byPath`, [list, path, weight?]. */
      readonly halfLifeMs?: number;
      readonly byPath?: boolean;
    }
  | { readonly op: 'filter'; readonly of: Code; readonly slot: number; readonly where: Code }
  | { readonly op: 'exists' | 'forall' | 'select'; readonly bindings: readonly BindingCode[] }
  | ({ readonly op: 'sum' | 'average' | 'min' | 'max'; readonly value: Code } & BindingCode)
  | { readonly op: 'let'; readonly slot: number; readonly value: Code; readonly in: Code }
  | { readonly op: 'occurs'; readonly of: Code; readonly when: MomentCode }
  | {
      readonly op: 'chain';
      readonly of: Code;
      /** The time of an element, which stands in `slot`. */
      readonly by: Code;
      readonly slot: number;
      readonly steps: readonly (ChainStepCode | { readonly exclude: Code })[];
    };

export interface BindingCode {
  readonly slot: number;
  readonly from: Code;
  /** null: every element. */
  readonly where: Code | null;
}

/** `Moment` of the language. */
export type MomentCode =
  | {
      readonly is: '<' | '<=' | '=' | '>=' | '>';
      readonly amount: number;
      readonly unit: TimeUnit;
      readonly side: 'before' | 'after';
      readonly time: Code;
    }
  | { readonly is: 'before' | 'after' | 'on' | 'at'; readonly time: Code }
  | { readonly is: 'between'; readonly from: Code; readonly to: Code };

/** The candidate stands in the chain's `slot` while `what` is tried, and in `label` once it is chosen. */
export interface ChainStepCode {
  readonly label: number;
  readonly what: Code;
  readonly when: MomentCode | null;
  /** `step`: position among all entries of `steps`. */
  readonly after: {
    readonly step: number;
    readonly is: '<' | '<=' | '>' | '>=';
    readonly amount: number;
    readonly unit: TimeUnit;
  } | null;
  readonly count: { readonly is: '=' | '<' | '<=' | '>' | '>='; readonly n: number } | null;
}
