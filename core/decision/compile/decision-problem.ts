import { CONTENT_PROBLEMS } from '../content/language/content-problem.ts';

/** Reasons why placements, offers and rankers cannot be published, beside those of their rules. */
export const DECISION_PROBLEMS = {
  ...CONTENT_PROBLEMS,
  contentTooLarge: 'content is over its limit',
  noContent: 'an offer has no content for the kind of one of its placements',
  fallbackTemplate: 'a fallback has placeholders, and it is shown where nothing is known',
  unknownPlacement: 'an offer names a placement that does not exist',
  noPlacement: 'an offer names no placement, so it could never be shown',
  repeatedPlacement: 'an offer names a placement twice',
  emptySchedule: 'the schedule ends before it begins',
  unknownRanker: 'a placement names a ranker that does not exist',
  unknownMeasure: 'a ranker names a measure that does not exist',
  unknownStrategy: 'a ranker or a list names a recommendation strategy that does not exist',
  unknownOffer: 'a ranker names an offer that does not exist',
  unknownOfferMember: 'a formula reads of the offer what offers do not have',
  experimentConflict: 'two experiments would change the same for one person, and only one of them can',
  unknownBucket: 'a ranker divides visitors by a segment that does not exist',
  tooManyPlacements: 'more placements than a ruleset may hold',
  tooManyOffers: 'more offers than a ruleset may hold',
  tooManyRankers: 'more rankers than a ruleset may hold',
  tooManyCapRules: 'caps and suppressions become more rules than a ruleset may hold',
  tooManyFormulaCells: 'formulas have more values to compute than a ruleset may hold',
} as const;
export type DecisionProblemCode = keyof typeof DECISION_PROBLEMS;

/** One of them. A `RulesetProblem` in form. */
export interface DecisionProblem {
  readonly kind: 'placement' | 'offer' | 'ranker' | 'experiment' | 'strategy';
  readonly id: string;
  /** JSON pointer (RFC 6901) into the resource; '' is all of it. */
  readonly pointer: string;
  readonly code: DecisionProblemCode;
  /** One sentence for the operator. */
  readonly detail: string;
}

/** Where something stands that an operator wrote. */
export type DecisionPlace = Pick<DecisionProblem, 'kind' | 'id' | 'pointer'>;
