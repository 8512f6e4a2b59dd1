import type { DecisionProblemCode } from '../decision/compile/decision-problem.ts';
import type { ExperimentProblemCode } from '../experiment/problem.ts';
import type { RuleProblemCode } from '../segment/language/problem.ts';
import type { ResourceKind } from './resources.ts';

/** One reason why a draft cannot be published. */
export interface RulesetProblem {
  readonly kind: ResourceKind;
  readonly id: string;
  /** JSON pointer (RFC 6901) into the resource; '' is all of it. */
  readonly pointer: string;
  readonly code: RulesetProblemCode;
  /** One sentence for the operator. */
  readonly detail: string;
  /** Of the place in the rule's text as a read shows it, both from 1. */
  readonly line?: number;
  readonly column?: number;
}

export type RulesetProblemCode =
  | RuleProblemCode
  | DecisionProblemCode
  | ExperimentProblemCode
  | keyof typeof RULESET_PROBLEMS;

/** The reasons beside those of the rule language, of decisions and of experiments. */
export const RULESET_PROBLEMS = {
  badStoredForm: 'the stored form does not fit its schema: put the resource again',
  tooManyMeasures: 'more measures than a ruleset may hold',
  decisionsTooLarge: 'placements, offers, rankers and experiments together are over their limit',
  badStrategy: 'the parts of a recommendation strategy contradict each other',
  unknownSource: 'a tracking plan has the id of no source',
  duplicateKey: 'two sources hold the same key',
  wrongSpace: 'a write key belongs to another space',
  invalidOrigin: 'not an exact origin',
  crossSiteCookie: 'cross-site cookies need https origins',
  browserConfigTooLarge: 'the configuration inlined into sdk.js is over its limit',
  notPublicInBrowser: 'a segment for browsers, or an attribute or measure that it is built on, is not public',
  personalInBrowser: 'a segment for browsers reads something that is labelled as personal',
  tooMuchInBrowser: 'a segment for browsers needs what only the edge evaluates',
  browserRulesTooLarge: 'the rules of all segments for browsers together are over their limit',
} as const;
