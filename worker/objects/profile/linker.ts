import type { Fact, Identity } from '../../../core/event/event.ts';
import type { FactKey, ReleaseStrandCommand, ReleaseStrandReply } from '../../../core/interaction/command.ts';
import { importStrand, releaseStrand, settleIntent } from '../../../core/interaction/link.ts';
import type { CausedChange } from '../../../core/interaction/outbox.ts';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { LinkIntent, ProfileState } from '../../../core/interaction/state.ts';
import type { Instant, ProfileId, Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { sameIdentity } from '../../../core/profile/strand.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

/** A device moves at most this often while it is being fetched; more is a loop. */
const MAX_MOVES = 4;

export interface LinkerParts {
  readonly keeper: ProfileKeeper;
  readonly store: ProfileStore;
  readonly profileAt: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly now: () => Instant;
}

/**
 * Fetches a device's strand from where it is, takes it in and tells the giver. The intent is stored until all three are done: a crash
 * in between is mended by the next login or by the alarm, and every step may be repeated.
 */
export async function fetchDevice(
  parts: LinkerParts,
  own: { readonly space: Space; readonly profile: ProfileId },
  intent: LinkIntent,
  ruleset: LoadedRuleset,
): Promise<readonly CausedChange[]> {
  if (intent.takenFrom) {
    await confirm(parts, own, intent, intent.takenFrom, ruleset);
    return [];
  }
  const released = await askForStrand(parts, own, intent);
  const changes = parts.keeper.change(ruleset, (state, current) => {
    const open = state.intents.find((other) => !other.takenFrom && sameIdentity(other.identity, intent.identity));
    if (!open) return { facts: [], result: [] };
    const fresh = released.facts.filter((fact) => parts.store.known([fact]).size === 0);
    const imported = importStrand(state, open, released, fresh, current, parts.now());
    return { facts: imported.facts, result: imported.changes };
  });
  if (released.from) await confirm(parts, own, intent, released.from, ruleset);
  return changes ?? [];
}

async function confirm(
  parts: LinkerParts,
  own: { readonly space: Space; readonly profile: ProfileId },
  intent: LinkIntent,
  from: ProfileId,
  ruleset: LoadedRuleset,
): Promise<void> {
  await parts.profileAt(own.space, from).confirmRelease(own.space, intent.identity, own.profile);
  parts.keeper.change(ruleset, (state) => {
    settleIntent(state, intent.identity, from);
    return { facts: [], result: null };
  });
}

/** Takes in what a crash or a failing object left on its way. Gives the first failure; it keeps nothing else waiting. */
export async function finishLinks(
  parts: LinkerParts,
  state: ProfileState,
  ruleset: LoadedRuleset,
): Promise<PromiseRejectedResult | null> {
  const tried = await Promise.allSettled(state.intents.map((intent) => fetchDevice(parts, state, intent, ruleset)));
  return tried.find((one) => one.status === 'rejected') ?? null;
}

interface Fetched {
  readonly epoch: number;
  readonly generation: number;
  readonly facts: readonly Fact[];
  /** The profile that gave it; null: nobody knew the device. */
  readonly from: ProfileId | null;
}

async function askForStrand(
  parts: LinkerParts,
  own: { readonly space: Space; readonly profile: ProfileId },
  intent: LinkIntent,
): Promise<Fetched> {
  let from = intent.from;
  for (let move = 0; move < MAX_MOVES && from !== own.profile; move++) {
    const command: ReleaseStrandCommand = {
      space: own.space,
      profile: from,
      identity: intent.identity,
      to: own.profile,
      now: parts.now(),
    };
    const other = parts.profileAt(own.space, from);
    let reply = await other.releaseStrand(command, null);
    if (!reply.ok && reply.error.kind === 'moved') {
      from = reply.error.to;
      continue;
    }
    if (!reply.ok) break;
    const facts: Fact[] = [...reply.facts];
    while (reply.ok && reply.next) {
      reply = await other.releaseStrand(command, reply.next);
      // It has given the strand away already: taking in a part of it would lose the rest.
      if (!reply.ok) throw new Error('the strand went away in the middle');
      facts.push(...reply.facts);
    }
    return { epoch: reply.epoch, generation: reply.generation, facts, from };
  }
  return { epoch: intent.epoch + 1, generation: 1, facts: [], from: null };
}

/** Leaf call at the source: no call goes out from here. */
export function giveStrand(
  parts: Pick<LinkerParts, 'keeper' | 'store'>,
  command: ReleaseStrandCommand,
  after: FactKey | null,
  ruleset: LoadedRuleset,
): ReleaseStrandReply {
  const release = parts.keeper.change(ruleset, (state, current) => ({
    facts: [],
    result: releaseStrand(state, command, current),
  }));
  if (!release || release.kind === 'unknown') return { ok: false, error: { kind: 'unknown' } };
  if (release.kind === 'moved') return { ok: false, error: release };
  const facts = release.travels ? parts.store.pageOfStrand(release.index, after, limit('historyPage')) : [];
  const last = facts.at(-1);
  const next = last && facts.length === limit('historyPage') ? { source: last.source, id: last.id } : null;
  return { ok: true, epoch: release.epoch, generation: release.generation, facts, next };
}

/** The facts are safe at the other side: the copy here may go once its effects have left. */
export function noteArrival(
  keeper: ProfileKeeper,
  identity: Identity,
  to: ProfileId,
  ruleset: LoadedRuleset,
  now: Instant,
): void {
  keeper.change(ruleset, (state) => {
    for (const strand of state.strands) {
      if (sameIdentity(strand.identity, identity) && strand.movedTo === to) strand.confirmedAt ??= now;
    }
    return { facts: [], result: null };
  });
}
