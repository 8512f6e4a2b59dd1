import type { Position } from './position.ts';

/** Why text or a tree is no rule. */
export interface RuleProblem {
  readonly code: RuleProblemCode;
  /** One sentence for the author: what was found, what was expected, the nearest known name. */
  readonly detail: string;
  /** Start of the offending token; null where the rule did not come as text. */
  readonly position: Position | null;
}

export type RuleProblemCode =
  | 'syntax'
  | 'tooLong'
  | 'tooDeep'
  | 'tooManyNodes'
  | 'unknownFunction'
  | 'unknownName'
  | 'unknownSegment'
  | 'unknownModel'
  | 'unknownUnit'
  | 'wrongArguments'
  | 'typeMismatch'
  | 'impossibleDate'
  | 'badWindow'
  | 'badPattern'
  | 'badChain'
  | 'badClimb'
  | 'cycle'
  | 'unknownTimeZone'
  | 'tooManySegments'
  | 'duplicateName'
  | 'shadowedName';
