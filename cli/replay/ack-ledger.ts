/** Which events are settled: everything below `done`, and single ones above it that were answered out of turn. */
export class AckLedger {
  #done: number;
  readonly #ahead = new Set<number>();

  constructor(done: number) {
    this.#done = done;
  }

  /** Every event with a smaller ordinal is settled. */
  get done(): number {
    return this.#done;
  }

  settle(ordinal: number): void {
    if (ordinal < this.#done) return;
    this.#ahead.add(ordinal);
    while (this.#ahead.delete(this.#done)) this.#done++;
  }
}
