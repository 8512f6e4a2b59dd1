import { limit } from '../../core/lib/limits.ts';
import type { QueuedEvent } from './queued-event.ts';

/** Room for the braces around the events and for what a proxy may count. */
const BODY_MARGIN_BYTES = 1024;

export interface WindowCaps {
  readonly batchEvents: number;
  readonly batchBytes: number;
  readonly batchPeople: number;
  /** Waiting events at which the reader pauses. */
  readonly waitingEvents: number;
  readonly waitingBytes: number;
}

export const WIRE_CAPS: WindowCaps = {
  batchEvents: limit('requestEvents'),
  batchBytes: limit('requestBytes') - BODY_MARGIN_BYTES,
  batchPeople: limit('profilesPerRequest'),
  waitingEvents: 4 * limit('requestEvents'),
  waitingBytes: 8 * 1024 * 1024,
};

/**
 * Holds events until they may be sent. Events that share an identity leave in the order they came, and never while an
 * earlier one of them is in flight. Its size is bounded by the caps, so memory does not grow with the file.
 */
export class DispatchWindow {
  readonly #caps: WindowCaps;
  #waiting: QueuedEvent[] = [];
  #bytes = 0;
  readonly #inFlight = new Set<string>();

  constructor(caps: WindowCaps = WIRE_CAPS) {
    this.#caps = caps;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The reader should wait. */
  get isFull(): boolean {
    return this.#waiting.length >= this.#caps.waitingEvents || this.#bytes >= this.#caps.waitingBytes;
  }

  offer(event: QueuedEvent): void {
    this.#waiting.push(event);
    this.#bytes += event.bytes;
  }

  /** The next batch in order, its identities now in flight; empty when every waiting event has to wait for another. */
  take(): readonly QueuedEvent[] {
    const batch: QueuedEvent[] = [];
    const kept: QueuedEvent[] = [];
    const held = new Set<string>();
    const people = new Set<string>();
    let bytes = 0;
    for (const event of this.#waiting) {
      const fits =
        batch.length < this.#caps.batchEvents &&
        bytes + event.bytes + 1 <= this.#caps.batchBytes &&
        (people.has(event.person) || people.size < this.#caps.batchPeople);
      if (fits && !event.identities.some((identity) => this.#inFlight.has(identity) || held.has(identity))) {
        batch.push(event);
        people.add(event.person);
        bytes += event.bytes + 1;
      } else {
        kept.push(event);
        for (const identity of event.identities) held.add(identity);
      }
    }
    this.#waiting = kept;
    for (const event of batch) {
      this.#bytes -= event.bytes;
      for (const identity of event.identities) this.#inFlight.add(identity);
    }
    return batch;
  }

  /** The batch was answered, or given up: its identities may be sent again. */
  release(batch: readonly QueuedEvent[]): void {
    for (const event of batch) for (const identity of event.identities) this.#inFlight.delete(identity);
  }
}
