/** Values while a rule runs. `null` is unknown. Lists hold no nulls. */
export type Value =
  | null
  | boolean
  | number
  | string
  | InstantValue
  | SpanValue
  | EventRow
  | MovingNumber
  | MovingMap
  | JsonMap
  | readonly Value[];

export type JsonMap = { readonly [key: string]: unknown };

/** What only rules know: an object that is no map of JSON. */
export abstract class Opaque {}

/** A point in time. `moves`: it is `now` itself, whatever `ms` says, so it names no instant at which something may change. */
export class InstantValue extends Opaque {
  readonly ms: number;
  readonly moves: boolean;
  constructor(ms: number, moves = false) {
    super();
    this.ms = ms;
    this.moves = moves;
  }
}

/** A calendar unit: [start, end). As an instant: its start. */
export class SpanValue extends Opaque {
  readonly start: number;
  readonly end: number;
  constructor(start: number, end: number) {
    super();
    this.start = start;
    this.end = end;
  }
}

/** One event of the log, by its row. Valid while the log does not change. */
export class EventRow extends Opaque {
  readonly row: number;
  constructor(row: number) {
    super();
    this.row = row;
  }
}

/** A number that is another one at each instant, and stays right while time passes: see general/moving-number.ts. */
export class MovingNumber extends Opaque {
  readonly at: (instant: number) => number;
  /** The course from `now` on by milliseconds since: rounded otherwise than `at`, but in time that does not depend on events. */
  readonly from: (now: number) => (ms: number) => number;
  constructor(at: MovingNumber['at'], from: MovingNumber['from']) {
    super();
    this.at = at;
    this.from = from;
  }
}

/** Interests by value, in order of their first events. */
export class MovingMap extends Opaque {
  readonly entries: ReadonlyMap<string, Value>;
  constructor(entries: ReadonlyMap<string, Value>) {
    super();
    this.entries = entries;
  }
}
