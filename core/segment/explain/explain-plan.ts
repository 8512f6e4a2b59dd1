import type { Program } from '../runtime/program.ts';

/** What a profile is asked to compute for an explanation. Plain data. */
export interface ExplainPlan {
  readonly program: Program;
  /** The first one is the rule itself. */
  readonly nodes: readonly PlannedNode[];
}

/** Positions in the program; -1: it could not be asked. */
export interface PlannedNode {
  readonly isCondition: boolean;
  /** The segment of those for whom the condition is true, or the value is known. */
  readonly whenTrue: number;
  /** The segment of those for whom the condition is false. */
  readonly whenFalse: number;
  /** The cell of its value. */
  readonly value: number;
}
