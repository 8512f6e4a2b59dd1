/** How much later than it happened the history is told, so that its last event is now. */
export function shiftToNow(lastMs: number, nowMs: number): number {
  return nowMs - lastMs;
}

/** When events are due on the wall clock: from the first one on, `speed` times as fast as they happened. */
export class Pace {
  readonly #speed: number;
  #first: { readonly atMs: number; readonly startMs: number } | null = null;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Milliseconds to wait before an event that happened at `atMs` may go. 0 when it is due or late. */
  waitMs(atMs: number, nowMs: number): number {
    this.#first ??= { atMs, startMs: nowMs };
    const dueMs = this.#first.startMs + (atMs - this.#first.atMs) / this.#speed;
    return Math.max(0, dueMs - nowMs);
  }
}
