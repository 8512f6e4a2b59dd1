import { handleProfile } from '../../../core/identity/protocol/handle-profile.ts';
import { endMemberships } from '../../../core/interaction/catch-up.ts';
import { collectsAt } from '../../../core/interaction/collection.ts';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import { expiresAt } from '../../../core/interaction/expiry.ts';
import { hasOpenWork } from '../../../core/interaction/next-wake.ts';
import { closeChunk, openChunk } from '../../../core/interaction/outbox.ts';
import type { ProfileState } from '../../../core/interaction/state.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import { drainChunks, takeUpOverdue } from './drain.ts';
import type { Driver } from './drive.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

export interface RingParts {
  readonly keeper: ProfileKeeper;
  readonly store: ProfileStore;
  readonly driver: Driver;
  readonly send: (message: EffectMessage) => Promise<unknown>;
}

/** The one alarm rang: time passes for those who observe, open work is pursued, what is kept no more is deleted, what is due is sent, an idle profile ends, and so does an object that nobody is in. */
export async function ring(parts: RingParts, ruleset: LoadedRuleset, now: Instant): Promise<void> {
  const { keeper, store, driver, send } = parts;
  keeper.advance(ruleset, now);
  await driver.drive(ruleset);
  keeper.sweep(ruleset, now);
  takeUpOverdue(keeper, ruleset, now);
  await drainChunks(keeper, store, send, ruleset, now, true);
  if (isIdle(parts, ruleset, now)) await expire(parts, ruleset, now);
  else if (isOver(keeper.state(ruleset), ruleset, now)) keeper.forget();
}

/** Looked at anew whenever the alarm rings: a visit may have come since it was set. */
function isIdle({ keeper }: RingParts, ruleset: LoadedRuleset, now: Instant): boolean {
  const state = keeper.state(ruleset);
  const end = state && expiresAt(state, ruleset.stitch);
  return end !== null && end <= now && state?.outbox.chunks.length === 0;
}

function isOver(state: ProfileState | null, { stitch }: LoadedRuleset, now: Instant): boolean {
  const end = state && !hasOpenWork(state) ? collectsAt(state, stitch) : null;
  return end !== null && end <= now;
}

/** First everybody who counts hears that nobody is here any more. Then the directories are asked, where there are any, and all is forgotten. */
async function expire(parts: RingParts, ruleset: LoadedRuleset, now: Instant): Promise<void> {
  const { keeper, store, driver, send } = parts;
  const tells = keeper.change(ruleset, (state) => {
    const changes = endMemberships(state, ruleset, now, 'erase');
    if (changes.length === 0) return false;
    openChunk(state.outbox, now).changes.push(...changes);
    closeChunk(state.outbox, now);
    return true;
  });
  if (tells) await drainChunks(keeper, store, send, ruleset, now, false);
  const state = keeper.state(ruleset);
  // Somebody may have come while that was sent.
  if (!state || !isIdle(parts, ruleset, now)) return;
  const message = { kind: 'expire', idleSince: state.activeAt } as const;
  keeper.handle(ruleset, state, (node, context) => handleProfile(node, message, context));
  await driver.drive(ruleset);
  keeper.change(ruleset, (held) => putOff(held, ruleset, now));
}

/** Refused: somebody has asked for it since, or something is under way. Asked again before long. */
function putOff(state: ProfileState, { stitch }: LoadedRuleset, now: Instant): void {
  const { anonymousTtlMs } = stitch.policy;
  if (expiresAt(state, stitch) === null || anonymousTtlMs === null) return;
  state.activeAt = (now - anonymousTtlMs + Math.min(DAY_MS, anonymousTtlMs)) as Instant;
}
