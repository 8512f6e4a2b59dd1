import { type LiveEntry, type LiveFilter, passes } from '../../../core/interaction/live-view.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { formatInstant } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';

export interface Watch {
  readonly filter: LiveFilter;
  /** May see values of events. */
  readonly data: boolean;
}

interface Watcher extends Watch {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly until: Instant;
}

const HEARTBEAT_MS = 15_000;
const encoder = new TextEncoder();

export type Watchers = ReturnType<typeof createWatchers>;

/** Open tails of one space, as server-sent events. A tail that does not read fast enough loses entries and is told how many. */
export function createWatchers(now: () => Instant) {
  const open = new Set<Watcher>();
  let timer: ReturnType<typeof setInterval> | null = null;

  function end(watcher: Watcher): void {
    open.delete(watcher);
    if (open.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  }

  function write(watcher: Watcher, text: string): void {
    try {
      watcher.controller.enqueue(encoder.encode(text));
    } catch {
      // Gone without saying so.
      end(watcher);
    }
  }

  function beat(): void {
    for (const watcher of [...open]) {
      if (now() < watcher.until) {
        write(watcher, ': still here\n\n');
        continue;
      }
      write(watcher, 'event: end\ndata: {"reason":"timeLimit"}\n\n');
      end(watcher);
      try {
        watcher.controller.close();
      } catch {
        // The reader was faster.
      }
    }
  }

  return {
    get count(): number {
      return open.size;
    },

    /** null: too many watch already. `before`: what is told at once. */
    add(watch: Watch, before: readonly LiveEntry[]): ReadableStream<Uint8Array> | null {
      if (open.size >= limit('liveWatchers')) return null;
      let self: Watcher | null = null;
      return new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            self = { ...watch, controller, until: (now() + limit('liveWatchMs')) as Instant };
            open.add(self);
            timer ??= setInterval(beat, HEARTBEAT_MS);
            write(self, 'retry: 2000\n\n');
            for (const entry of before) if (passes(entry, watch.filter)) write(self, message(entry, watch.data));
          },
          cancel: () => {
            if (self) end(self);
          },
        },
        { highWaterMark: limit('liveWatchBacklog') },
      );
    },

    tell(entries: readonly LiveEntry[]): void {
      for (const watcher of [...open]) {
        let missed = 0;
        for (const entry of entries) {
          if (!passes(entry, watcher.filter)) continue;
          if ((watcher.controller.desiredSize ?? 0) <= 0) missed++;
          else write(watcher, message(entry, watcher.data));
        }
        if (missed > 0) write(watcher, `event: missed\ndata: {"entries":${missed}}\n\n`);
      }
    },
  };
}

function message(entry: LiveEntry, withData: boolean): string {
  const at = formatInstant(entry.at);
  const shown =
    entry.is === 'event'
      ? { ...entry, at, receivedAt: formatInstant(entry.receivedAt), ...(withData ? {} : { data: undefined }) }
      : { ...entry, at };
  return `event: ${entry.is}\ndata: ${JSON.stringify(shown)}\n\n`;
}
