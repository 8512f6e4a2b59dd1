import { type EffectMessage, planMessages } from '../../../core/interaction/effect-message.ts';
import { hasOpenWork } from '../../../core/interaction/next-wake.ts';
import { closeChunk, dueChunks, keyOfFact } from '../../../core/interaction/outbox.ts';
import { type ProfileState, personOf } from '../../../core/interaction/state.ts';
import { overdueAt, sendOverdue } from '../../../core/interaction/unsent.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

/**
 * Sends every chunk that is due, then forgets it. A crash between the two sends it again, the same under the same id: consumers
 * drop what they know. `rang`: the alarm brought us here, so it is armed no more, whenever it was meant to ring. Returns the number
 * of chunks sent.
 */
export async function drainChunks(
  keeper: ProfileKeeper,
  store: ProfileStore,
  send: (message: EffectMessage) => Promise<unknown>,
  ruleset: LoadedRuleset,
  now: Instant,
  rang: boolean,
): Promise<number> {
  const state = keeper.state(ruleset);
  if (!state) return 0;
  const due = dueChunks(state.outbox, now);
  const newest = due.at(-1);
  if (newest) state.outbox.sealed = newest.id;
  for (const chunk of due) {
    const facts = withIdentities(state, store.factsByKey(chunk.facts.map(keyOfFact)));
    const origin = { space: state.space, profile: state.profile, known: personOf(state) !== null };
    for (const message of planMessages(origin, chunk, facts)) await send(message);
  }
  const sent = new Set(due.map((chunk) => chunk.id));
  keeper.change(ruleset, (current) => {
    current.outbox.chunks = current.outbox.chunks.filter((chunk) => !sent.has(chunk.id));
    if (rang) current.armedAt = null;
    if (current.outbox.chunks.length === 0) deleteLeft(current, store, now);
  });
  return due.length;
}

/** Ends the open chunk before its time and stores that, before anything of it may be sent. False: nothing waits. */
export function closeOpenChunk(keeper: ProfileKeeper, ruleset: LoadedRuleset, now: Instant): boolean {
  takeUpOverdue(keeper, ruleset, now);
  if (!keeper.state(ruleset)?.outbox.chunks.length) return false;
  keeper.change(ruleset, (state) => {
    closeChunk(state.outbox, now);
  });
  return true;
}

/** What has waited too long for a device that went elsewhere leaves with the open chunk. */
export function takeUpOverdue(keeper: ProfileKeeper, ruleset: LoadedRuleset, now: Instant): void {
  const state = keeper.state(ruleset);
  const due = state && !hasOpenWork(state) ? overdueAt(state) : null;
  if (due !== null && due <= now) keeper.change(ruleset, (held) => sendOverdue(held, now));
}

/** Facts of strands that left for good, once everything that waited has been sent; and events elsewhere that nobody repeats any more. */
function deleteLeft(state: ProfileState, store: ProfileStore, now: Instant): void {
  for (const [number, strand] of state.strands.entries()) {
    if (!strand.leaving || strand.facts === 0) continue;
    store.deleteStrand(number);
    strand.facts = 0;
  }
  if (state.seenUntil === null || state.seenUntil > now) return;
  store.forgetSeen((now - limit('seenMs')) as Instant);
  state.seenUntil = null;
}

/** As others see facts: with their identity, and the strand named for ever. */
export function withIdentities(
  state: ProfileState,
  facts: ReturnType<ProfileStore['factsByKey']>,
): EffectMessage['facts'] {
  return facts.flatMap((fact) => {
    const strand = state.strands[fact.strand];
    return strand ? [{ ...fact, strand: strand.serial, identity: strand.identity }] : [];
  });
}
