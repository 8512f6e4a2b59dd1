import { waitUntil } from 'cloudflare:workers';
import type { LiveRefusal } from '../../core/interaction/live-view.ts';
import type { Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { liveStub } from '../stores/live-stub.ts';

/** Shows refusals to those who watch a space. The answer does not wait for it. */
export interface RefusalWatch {
  note(space: Space, refusals: readonly LiveRefusal[]): void;
}

const EVERY_MS = 1000;

/** Gathers for a second what the isolate refuses, so that a page in a loop is one call a second and not one an event. */
export function createRefusalWatch(objects: DurableObjectNamespace): RefusalWatch {
  const waiting = new Map<Space, LiveRefusal[]>();

  async function flush(space: Space): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const refusals = waiting.get(space) ?? [];
    waiting.delete(space);
    await liveStub(objects, space).refused(refusals);
  }

  return {
    note(space, refusals) {
      const held = waiting.get(space);
      // What is too much in one second is shown by what is not.
      if (held) held.push(...refusals.slice(0, limit('liveEntriesPerBatch') - held.length));
      else {
        waiting.set(space, refusals.slice(0, limit('liveEntriesPerBatch')));
        waitUntil(
          flush(space).catch(() => {
            waiting.delete(space);
          }),
        );
      }
    },
  };
}
