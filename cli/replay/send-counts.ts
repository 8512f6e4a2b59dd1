import { describeRows } from '../../core/source/problem.ts';
import type { QueuedEvent } from './queued-event.ts';
import type { BatchResult, Refused } from './send-batch.ts';
import { increase, sum } from './tally.ts';

const MAX_TOLD = 10;

/** What the endpoint said, over the run. `refused` and `unavailable` go on from the checkpoint. */
export class SendCounts {
  accepted = 0;
  duplicates = 0;
  requests = 0;
  retries = 0;
  readonly refused: Map<string, number>;
  /** Ordinals of events that the endpoint could not store yet. */
  readonly unavailable: Set<number>;
  /** The first refusals and unavailable events, for people. */
  readonly told: string[] = [];

  readonly #onRefused: (refused: Refused) => void;

  constructor(
    refused: Readonly<Record<string, number>> = {},
    unavailable: readonly number[] = [],
    onRefused: (refused: Refused) => void = () => undefined,
  ) {
    this.#onRefused = onRefused;
    this.refused = new Map(Object.entries(refused));
    this.unavailable = new Set(unavailable);
  }

  add(batch: readonly QueuedEvent[], result: BatchResult): void {
    this.requests++;
    this.accepted += result.accepted;
    this.duplicates += result.duplicates;
    for (const event of batch) this.unavailable.delete(event.ordinal);
    for (const one of result.refused) {
      const { event, code, detail, pointer } = one;
      this.#onRefused(one);
      increase(this.refused, code, 1);
      this.#tell(
        `${describeRows(event.rows)}: event ${event.id} refused: ${code}${pointer ? ` at ${pointer}` : ''}${detail ? ` (${detail})` : ''}`,
      );
    }
    for (const event of result.unavailable) {
      this.unavailable.add(event.ordinal);
      this.#tell(`${describeRows(event.rows)}: event ${event.id} is still unavailable after every attempt`);
    }
  }

  get refusedTotal(): number {
    return sum(this.refused);
  }

  /** Events that the endpoint gave a last word on in this run. */
  get answered(): number {
    return this.accepted + this.duplicates + this.refusedTotal;
  }

  #tell(line: string): void {
    if (this.told.length < MAX_TOLD) this.told.push(line);
  }
}
