/** Why a set of segments cannot be published. `pointer` is a JSON pointer (RFC 6901) below the source's own pointer. */
export interface SegmentProblem {
  /** Id of the segment that has the problem. */
  readonly segment: string;
  readonly pointer: string;
  readonly code: SegmentProblemCode;
  /** One sentence for the operator; suggests the nearest known name where there is one. */
  readonly detail: string;
}

export type SegmentProblemCode =
  | 'tooManySegments'
  | 'duplicateSegment'
  | 'unknownSegment'
  | 'cycle'
  | 'tooDeep'
  | 'tooManyNodes'
  | 'unknownAttribute'
  | 'unknownEventType'
  | 'typeMismatch'
  /** A comparison that needs a value has none, or has null. */
  | 'missingValue'
  /** `isNull` and `isNotNull` take no value; attribute rules take no attribute as value. */
  | 'unexpectedValue'
  | 'emptyList'
  | 'badField'
  | 'emptyWindow'
  | 'longWindow'
  /** No history can satisfy it. */
  | 'neverTrue';
