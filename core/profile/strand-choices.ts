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
  /** By experiment, version and metric (`a\n1\nm`): what was done from the exposure on, and before it. */
  readonly totals?: Readonly<Record<string, readonly [total: number, before: number]>>;
}

export type Touch = readonly [placement: string, offer: string, at: number, clicked: 0 | 1];
