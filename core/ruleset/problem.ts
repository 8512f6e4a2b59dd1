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

export type RulesetProblemCode = RuleProblemCode | keyof typeof RULESET_PROBLEMS;

/** The reasons beside those of the rule language. */
export const RULESET_PROBLEMS = {
  badStoredForm: 'the stored form does not fit its schema: put the resource again',
  tooManyMeasures: 'more measures than a ruleset may hold',
  unknownPlacement: 'an offer names a placement that does not exist',
  noPlacement: 'an offer names no placement, so it could never be shown',
  repeatedPlacement: 'an offer names a placement twice',
  contentKind: 'content does not fit the kind of its placement',
  contentTooLarge: 'content is over its limit',
  emptySchedule: 'the schedule ends before it begins',
  tooManyOffers: 'more offers than a ruleset may hold',
  duplicateKey: 'two sources hold the same key',
  wrongSpace: 'a write key belongs to another space',
  invalidOrigin: 'not an exact origin',
  crossSiteCookie: 'cross-site cookies need https origins',
  browserConfigTooLarge: 'the configuration inlined into sdk.js is over its limit',
} as const;
