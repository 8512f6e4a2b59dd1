import { DurableObject } from 'cloudflare:workers';
import {
  type LiveBatch,
  type LiveEntry,
  type LiveFilter,
  type LiveRefusal,
  passes,
  refusalTallies,
  seenAt,
} from '../../core/interaction/live-view.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import type { Tally } from '../../core/source/tally.ts';
import type { LiveRpc, LiveState, QueueState } from '../stores/live-stub.ts';
import { createTallyTable, type TallyTable } from './live/tally-table.ts';
import { createWatchers, type Watchers } from './live/watchers.ts';

/**
 * One per space, named by it: what operators watch. Recent entries are in memory only, for a quarter of an hour, and without values; what adds up (events, fields, what
 * differs from tracking plans, refusals) is stored by day.
 */
export class LiveObject extends DurableObject implements LiveRpc {
  readonly #tallies: TallyTable;
  readonly #watchers: Watchers = createWatchers(now);
  readonly #since = now();
  readonly #queues = new Map<string, QueueState>();
  #recent: readonly LiveEntry[] = [];

  constructor(state: DurableObjectState, env: object) {
    super(state, env);
    this.#tallies = createTallyTable(state.storage);
  }

  async note({ entries, tallies }: LiveBatch, queue: QueueState): Promise<void> {
    this.#queues.set(queue.queue, queue);
    this.#tallies.add(tallies, now());
    this.#show(entries);
  }

  async refused(refusals: readonly LiveRefusal[]): Promise<void> {
    this.#tallies.add(refusalTallies(refusals), now());
    this.#show(refusals);
  }

  async state(filter: LiveFilter, most: number): Promise<LiveState> {
    this.#age();
    const recent = this.#recent
      .filter((entry) => passes(entry, filter))
      .slice(-most)
      .reverse();
    return { recent, since: this.#since, queues: [...this.#queues.values()], watchers: this.#watchers.count };
  }

  async tallies(days: number, source: string | null): Promise<readonly Tally[]> {
    return this.#tallies.sum(days, source, now());
  }

  async watch(filter: LiveFilter, data: boolean): Promise<ReadableStream<Uint8Array> | null> {
    this.#age();
    return this.#watchers.add({ filter, data }, this.#recent.slice(-limit('liveBefore')));
  }

  #show(entries: readonly LiveEntry[]): void {
    this.#watchers.tell(entries);
    const kept = entries.map((entry) => (entry.is === 'event' ? { ...entry, data: undefined } : entry) as LiveEntry);
    this.#recent = [...this.#recent, ...kept].slice(-limit('liveRecent'));
    this.#age();
  }

  #age(): void {
    const oldest = now() - limit('liveRecentMs');
    if (this.#recent.some((entry) => seenAt(entry) < oldest))
      this.#recent = this.#recent.filter((entry) => seenAt(entry) >= oldest);
  }
}

function now(): Instant {
  return Date.now() as Instant;
}
