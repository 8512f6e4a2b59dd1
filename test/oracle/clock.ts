/** The instant of an evaluation. What depends on it names the later instants at which it may look different. */
export class Clock {
  readonly now: number;
  readonly zone: string;
  /** The earliest later instant that was named. */
  next = Number.POSITIVE_INFINITY;

  constructor(now: number, zone: string) {
    this.now = now;
    this.zone = zone;
  }

  /** At `instant`, or one millisecond later, something may change. */
  mayChangeAt(instant: number): void {
    for (const at of [instant, instant + 1]) if (at > this.now && at < this.next) this.next = at;
  }
}
