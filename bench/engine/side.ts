/** One who takes part in a case. */
export interface Side {
  readonly label: 'closure' | 'growthbook' | 'ours' | 'ours, encoded';
  /** A state from which the same operations can be done again. Not measured. */
  open(): Block;
}

export interface Block {
  /** So many operations can be done before the input is used up. */
  readonly most: number;
  /** The i-th operation; gives something that depends on all of its work. */
  readonly run: (i: number) => number;
  /** 1 for each member after the latest operation; null where sides need not agree. */
  readonly members: (() => Uint8Array) | null;
}

export interface Case {
  readonly sides: readonly Side[];
  /** Printed beside the times. */
  readonly shape: Readonly<Record<string, number>>;
}
