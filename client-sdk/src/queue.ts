import type { WireEvent } from '../../core/interaction/wire.ts';
import type { Storage } from './storage.ts';

/** How long, in ms, another tab leaves a page's queue alone. A page that goes gives it up at once. */
const LEASE_MS = 30_000;
/** Oldest events beyond this go: storage of a page that never reaches us must not grow for ever. */
const MAX_EVENTS = 1_000;
const PREFIX = 'q';

interface Stored {
  /** Nobody else may take it before this instant, ms. */
  readonly t: number;
  readonly e: readonly WireEvent[];
}

/**
 * Write-ahead queue: one storage entry per page, so that pages never overwrite each other. Storage is the truth: an
 * entry that another tab has taken over is no longer this page's to send.
 */
export interface Queue {
  add(events: readonly WireEvent[]): void;
  /**
   * Next events that are not under way, at most 100 and about `maxBytes` of JSON; they count as under way until `settle`.
   * Unless `strict`, the first always goes: one that is too big must meet its refusal, not block the queue.
   */
  take(maxBytes: number, strict: boolean): WireEvent[];
  /** Ends what `take` began: those that go `again` wait, the others are removed. */
  settle(taken: readonly WireEvent[], again: (id: string) => unknown): void;
  /** Whether something, or this one, waits that is not under way. */
  waits(id?: string): boolean;
  /** Takes over what pages that are gone left behind; one tab at a time where the browser has Web Locks. Never rejects. */
  adopt(): Promise<void> | undefined;
  /** The page goes: whoever comes next may send what is left, until this page adds again. */
  release(): void;
  /** Removes every queue of this source, those of other tabs too. */
  clear(): void;
}

export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** Time first, so that ids sort; then 96 random bits. */
export const createId = (): string =>
  Date.now().toString(36) +
  Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join('');

export function createQueue(storage: Storage, lockName: string): Queue {
  const underWay = new Set<string>();
  let own = '';
  const read = (name: string): readonly WireEvent[] => storage.get<Stored>(name)?.e ?? [];
  let leaseMs = LEASE_MS;
  const write = (events: readonly WireEvent[]): void => {
    own ||= PREFIX + createId();
    storage.set(
      own,
      events[0] ? ({ t: leaseMs && Date.now() + leaseMs, e: events.slice(-MAX_EVENTS) } satisfies Stored) : null,
    );
  };
  const free = (): WireEvent[] => read(own).filter((event) => !underWay.has(event.id));
  const left = (): string[] =>
    storage.names(PREFIX).filter((name) => name !== own && (storage.get<Stored>(name)?.t ?? 0) < Date.now());
  const takeOver = (): void => {
    const names = left();
    // Written before the others are removed: a crash in between repeats events, which their ids undo, and loses none.
    write([...names.flatMap(read), ...read(own)]);
    for (const name of names) storage.set(name, null);
  };
  return {
    add: (events) => {
      leaseMs = LEASE_MS;
      write([...read(own), ...events]);
    },
    take: (maxBytes, strict) => {
      let room = maxBytes;
      const taken: WireEvent[] = [];
      for (const event of free()) {
        room -= byteLength(JSON.stringify(event)) + 1;
        if (taken.length > 99 || (room < 0 && (taken[0] || strict))) break;
        taken.push(event);
        underWay.add(event.id);
      }
      if (taken[0]) write(read(own));
      return taken;
    },
    settle: (taken, again) => {
      const sent = taken.map(({ id }) => id).filter((id) => underWay.delete(id) && !again(id));
      if (sent[0]) write(read(own).filter(({ id }) => !sent.includes(id)));
    },
    waits: (id) => free().some((event) => !id || event.id === id),
    adopt: () => {
      if (!left()[0]) return;
      if (!navigator.locks) return void takeOver();
      return navigator.locks
        .request(lockName, { ifAvailable: true }, (lock) => lock && takeOver())
        .then(undefined, takeOver) as Promise<void>;
    },
    release: () => {
      leaseMs = 0;
      if (own) write(read(own));
    },
    clear: () => {
      for (const name of storage.names(PREFIX)) storage.set(name, null);
    },
  };
}
