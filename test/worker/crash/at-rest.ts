import { setTimeout } from 'node:timers/promises';

const EVERY_MS = 250;

/**
 * Waits until `holds` answers true: a queue drains when it can, and a loaded machine takes its time. Throws after the deadline, and says what was
 * waited for.
 */
export async function until(what: string, holds: () => Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await setTimeout(EVERY_MS)) {
    if (await holds()) return;
  }
  throw new Error(`waited ${deadlineMs} ms for ${what}`);
}
