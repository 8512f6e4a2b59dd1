import { limit } from '../../core/lib/limits.ts';
import type { AckLedger } from './ack-ledger.ts';
import { DispatchWindow } from './dispatch-window.ts';
import type { QueuedEvent } from './queued-event.ts';
import { ReplayError } from './replay-error.ts';
import { type BatchResult, type SendContext, sendBatch } from './send-batch.ts';
import type { SendCounts } from './send-counts.ts';

/** So many events that the endpoint could not store mean that something is wrong with it. */
const MAX_UNAVAILABLE = 10_000;
/** Waiting for more makes fuller batches; people repeat, and a request may reach only so many. */
const GOOD_FILL = 2 * limit('requestEvents');

export interface PlayerSettings {
  readonly concurrency: number;
  /** Events come at their time: send what there is instead of waiting for full batches. */
  readonly paced: boolean;
}

/** Sends offered events side by side, in order per identity, and keeps the ledger and the counts. */
export class Player {
  readonly #window = new DispatchWindow();
  readonly #context: SendContext;
  readonly #settings: PlayerSettings;
  readonly #ledger: AckLedger;
  readonly #counts: SendCounts;
  readonly #onSettled: () => void;
  #requests = 0;
  /** Waiting events at which looking for a batch is worth it again, after one look found everybody in flight. */
  #lookAgainAt = 0;
  #ended = false;
  #failure: unknown = null;
  #wake: (() => void)[] = [];

  constructor(
    context: SendContext,
    settings: PlayerSettings,
    ledger: AckLedger,
    counts: SendCounts,
    onSettled: () => void,
  ) {
    this.#context = context;
    this.#settings = settings;
    this.#ledger = ledger;
    this.#counts = counts;
    this.#onSettled = onSettled;
    context.stop.addEventListener('abort', () => this.#signal());
  }

  /** Takes an event as soon as there is room. False: stopped or failed, so offer no more. */
  async offer(event: QueuedEvent): Promise<boolean> {
    while (this.#window.isFull && !this.#isStopped()) await this.#nextSignal();
    if (this.#isStopped()) return false;
    this.#window.offer(event);
    this.#pump();
    return true;
  }

  /** Sends the rest, or, when stopped, waits for the requests under way. Throws what made it fail. */
  async finish(): Promise<void> {
    this.#ended = true;
    this.#pump();
    while (this.#requests > 0 || (this.#window.waiting > 0 && !this.#isStopped())) await this.#nextSignal();
    if (this.#failure !== null) throw this.#failure;
  }

  #isStopped(): boolean {
    return this.#failure !== null || this.#context.stop.aborted;
  }

  #pump(): void {
    while (this.#requests < this.#settings.concurrency && !this.#isStopped()) {
      const { waiting, isFull } = this.#window;
      const ready = this.#ended || this.#settings.paced || isFull || waiting >= GOOD_FILL;
      if (!ready || waiting < this.#lookAgainAt) return;
      const batch = this.#window.take();
      if (batch.length === 0) {
        // A look costs as much as there waits, so the next one is due when a quarter more does, or a request is answered.
        this.#lookAgainAt = Math.ceil(waiting * 1.25);
        return;
      }
      this.#requests++;
      void this.#send(batch);
    }
  }

  async #send(batch: readonly QueuedEvent[]): Promise<void> {
    try {
      const result = await sendBatch(batch, this.#context);
      if (result) this.#settle(batch, result);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#window.release(batch);
      this.#requests--;
      this.#lookAgainAt = 0;
      this.#pump();
      this.#signal();
    }
  }

  #settle(batch: readonly QueuedEvent[], result: BatchResult): void {
    this.#counts.add(batch, result);
    if (this.#counts.unavailable.size > MAX_UNAVAILABLE) {
      this.#failure ??= new ReplayError(
        `The endpoint could not store ${this.#counts.unavailable.size} events (unavailable). Look at its log, then run replay again.`,
      );
    }
    for (const event of batch) this.#ledger.settle(event.ordinal);
    this.#onSettled();
  }

  #nextSignal(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #signal(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
