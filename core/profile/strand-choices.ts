/**
 * What was decided for a person through one strand, and what came of it. It follows from no fact, so it is stored and travels with the strand. Plain JSON;
 * core/interaction/choices.ts reads and joins it.
 */
export interface StrandChoices {
  /** When offers were decided that have a cap on decisions: core/decision/ledger.ts. */
  readonly decided?: Readonly<Record<string, readonly number[]>>;
  /** Assignments, packed: core/experiment/packed-assignments.ts. */
  readonly assigned?: readonly (readonly (string | number)[])[];
  /** When the strand came to where it is: what it brought is younger there than what the person had. */
  readonly since?: number;
  /** The last impressions and clicks, the newest first: what a later order is due to. */
  readonly touches?: readonly Touch[];
  /** What bandits drew last, the newest first. */
  readonly arms?: readonly ArmTouch[];
  /** By experiment, version and metric (`a\n1\nm`): what was done from the exposure on, and before it. */
  readonly totals?: Readonly<Record<string, readonly [total: number, before: number]>>;
}

/** An offer that a bandit drew; `seen`, `rewarded`: it was counted already. */
export type ArmTouch = readonly [
  placement: string,
  offer: string,
  ranker: string,
  bucket: string,
  goal: 'click' | 'conversion' | 'revenue',
  at: number,
  seen: 0 | 1,
  rewarded: 0 | 1,
];

export type Touch = readonly [placement: string, offer: string, at: number, clicked: 0 | 1];
