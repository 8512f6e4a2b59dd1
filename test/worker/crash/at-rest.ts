import { setTimeout } from 'node:timers/promises';
import type { Life } from './mortal.ts';

const EVERY_MS = 250;
const DEADLINE_MS = 60_000;

/**
 * Waits until `holds` answers true: a queue drains when it can, and a loaded machine takes its time. Throws after the deadline, and says what was
 * waited for.
 */
export async function until(what: string, holds: () => Promise<boolean>, deadlineMs = DEADLINE_MS): Promise<void> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await setTimeout(EVERY_MS)) {
    if (await holds()) return;
  }
  throw new Error(`waited ${deadlineMs} ms for ${what}`);
}

/**
 * Waits until alarms alone have brought everything to rest: no chunk, lock or operation in any object, no message in the queue. Ends quietly at the
 * deadline: what the test then expects says what is missing.
 */
export async function atRest(life: Pick<Life, 'open'>, deadlineMs = DEADLINE_MS): Promise<void> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await setTimeout(EVERY_MS)) {
    if ((await life.open()).length === 0) return;
  }
}
