import type { LiveBatch, LiveEntry, LiveFilter, LiveRefusal } from '../../core/interaction/live-view.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { Tally } from '../../core/source/tally.ts';

/** What a queue said of itself with its last batch. */
export interface QueueState {
  readonly queue: string;
  readonly at: Instant;
  /** Messages that wait; null: the platform does not say. */
  readonly backlog: number | null;
  /** How long the oldest message of the batch had waited. */
  readonly lagMs: number;
}

export interface LiveState {
  /** Newest first, without values. */
  readonly recent: readonly LiveEntry[];
  /** Since when the object has been in memory: before that nothing recent is known. */
  readonly since: Instant;
  readonly queues: readonly QueueState[];
  readonly watchers: number;
}

/** The object of one space that operators watch. Nothing waits for it, and nothing is lost but the view when it does not answer. */
export interface LiveRpc {
  note(batch: LiveBatch, queue: QueueState): Promise<void>;
  refused(refusals: readonly LiveRefusal[]): Promise<void>;
  state(filter: LiveFilter, most: number): Promise<LiveState>;
  /** Of the last so many days, today among them. */
  tallies(days: number, source: string | null): Promise<readonly Tally[]>;
  /** Server-sent events; null: too many watch already. `data`: with the values of events. */
  watch(filter: LiveFilter, data: boolean): Promise<ReadableStream<Uint8Array> | null>;
}

export function liveStub(namespace: DurableObjectNamespace, space: Space): LiveRpc {
  return namespace.get(namespace.idFromName(space)) as unknown as LiveRpc;
}
