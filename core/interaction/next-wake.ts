import type { Instant } from '../lib/ids.ts';
import { MINUTE_MS } from '../lib/instant.ts';
import type { ProfileState } from './state.ts';

/** An intent that the request itself did not finish is tried again after this long. */
const INTENT_RETRY_MS = MINUTE_MS;

/** The earliest instant at which the object has something to do by itself, or null. Memberships that nobody observes do not count. */
export function nextWake(state: ProfileState): Instant | null {
  let wake: number | null = state.outbox.chunks[0]?.deadline ?? null;
  for (const intent of state.intents) {
    const retry = intent.at + INTENT_RETRY_MS;
    if (wake === null || retry < wake) wake = retry;
  }
  const leaving = state.strands.some(
    (strand) => strand.state === 'gone' && strand.confirmedAt !== null && strand.facts > 0,
  );
  if (leaving && wake === null)
    wake = Math.max(...state.strands.map((strand) => strand.confirmedAt ?? 0)) + INTENT_RETRY_MS;
  return wake as Instant | null;
}
