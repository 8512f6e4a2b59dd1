/** Reasons why experiments cannot be published. */
export const EXPERIMENT_PROBLEMS = {
  tooManyExperiments: 'more experiments than a ruleset may hold',
  unknownVaried: 'an experiment varies something that does not exist',
  tooFewVariants: 'an experiment has fewer than two variants',
  duplicateVariant: 'two variants of an experiment have the same id',
  variantValue: 'a variant uses what its experiment cannot vary',
  unknownVariantValue: 'a variant uses something that does not exist',
  weightRange: 'a weight is not between 0 and 1',
  weightsDoNotAddUp: 'the weights of the variants do not add up to 1',
  coverageRange: 'the coverage is not between 0 and 1',
  holdoutRange: 'the holdout is not a share from 0 to below 1',
  layerRange: 'the range of a layer is empty or not between 0 and 1',
  layerOverlap: 'two experiments of a layer claim the same part of it',
  layerAttribute: 'experiments of a layer hash different ids, so they would not exclude each other',
  unknownNamespace: 'an experiment hashes an id of a namespace that does not exist',
  duplicateMetric: 'two metrics of an experiment have the same id',
  unknownMetric: 'the primary metric is none of the metrics',
  unknownEventType: 'a metric counts events of a type that does not exist',
  unknownWinner: 'the winner is none of the variants',
  winnerOfUnstopped: 'an experiment has a winner and is not stopped',
  emptyRun: 'the experiment stops before it starts',
} as const;
export type ExperimentProblemCode = keyof typeof EXPERIMENT_PROBLEMS;

/** One of them. A `RulesetProblem` in form. */
export interface ExperimentProblem {
  readonly kind: 'experiment';
  readonly id: string;
  /** JSON pointer (RFC 6901) into the experiment; '' is all of it. */
  readonly pointer: string;
  readonly code: ExperimentProblemCode;
  /** One sentence for the operator. */
  readonly detail: string;
}
