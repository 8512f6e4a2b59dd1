/** Values while a rule runs. `null` is unknown. Lists hold no nulls. */
export type Value = null | boolean | number | string | InstantValue | SpanValue | EventRow | JsonMap | readonly Value[];

export type JsonMap = { readonly [key: string]: unknown };

/** A point in time. `moves`: it is `now` itself, so it names no instant at which something may change. */
export class InstantValue {
  readonly ms: number;
  readonly moves: boolean;
  constructor(ms: number, moves = false) {
    this.ms = ms;
    this.moves = moves;
  }
}

/** A calendar unit: [start, end). As an instant: its start. */
export class SpanValue {
  readonly start: number;
  readonly end: number;
  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }
}

/** One event of the log, by its row. Valid while the log does not change. */
export class EventRow {
  readonly row: number;
  constructor(row: number) {
    this.row = row;
  }
}
