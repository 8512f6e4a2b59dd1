import type { Fact } from '../../../core/event/event.ts';
import type { FactKey, ReleaseStrandCommand, ReleaseStrandReply } from '../../../core/interaction/command.ts';
import type { CausedChange } from '../../../core/interaction/evaluate.ts';
import { importStrand, releaseStrand } from '../../../core/interaction/link.ts';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { LinkIntent } from '../../../core/interaction/state.ts';
import type { Instant, ProfileId, Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

/** A device moves at most this often while it is being fetched; more is a loop. */
const MAX_MOVES = 4;

export interface LinkerParts {
  readonly keeper: ProfileKeeper;
  readonly store: ProfileStore;
  readonly profileAt: (space: Space, profile: ProfileId) => ProfileRpc;
}

/** Fetches a device's strand from where it is and takes it in. The intent is stored: a crash in between is mended by the alarm. */
export async function fetchDevice(
  parts: LinkerParts,
  own: { readonly space: Space; readonly profile: ProfileId },
  intent: LinkIntent,
  ruleset: LoadedRuleset,
  now: Instant,
): Promise<readonly CausedChange[]> {
  const released = await askForStrand(parts, own, intent, now);
  const changes = parts.keeper.change(ruleset, (state) => {
    const open = state.intents.find((other) => other.identity.value === intent.identity.value);
    if (!open) return { facts: [], result: [] };
    const fresh = released.facts.filter((fact) => parts.store.known([fact]).size === 0);
    const imported = importStrand(state, open, released, fresh, ruleset, now);
    return { facts: imported.facts, result: imported.changes };
  });
  if (released.from) await parts.profileAt(own.space, released.from).confirmRelease(own.space, intent.identity, own.profile);
  return changes ?? [];
}

interface Fetched {
  readonly epoch: number;
  readonly generation: number;
  readonly facts: readonly Fact[];
  /** The profile that gave it; null: nobody knew the device. */
  readonly from: ProfileId | null;
}

async function askForStrand(parts: LinkerParts, own: { readonly space: Space; readonly profile: ProfileId }, intent: LinkIntent, now: Instant): Promise<Fetched> {
  let from = intent.from;
  for (let move = 0; move < MAX_MOVES && from !== own.profile; move++) {
    const command: ReleaseStrandCommand = { space: own.space, profile: from, identity: intent.identity, to: own.profile, now };
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
      if (reply.ok) facts.push(...reply.facts);
    }
    if (!reply.ok) break;
    return { epoch: reply.epoch, generation: reply.generation, facts, from };
  }
  return { epoch: intent.epoch + 1, generation: 1, facts: [], from: null };
}

/** Leaf call at the source: no call goes out from here. */
export function giveStrand(parts: Pick<LinkerParts, 'keeper' | 'store'>, command: ReleaseStrandCommand, after: FactKey | null, ruleset: LoadedRuleset): ReleaseStrandReply {
  const release = parts.keeper.change(ruleset, (state) => ({ facts: [], result: releaseStrand(state, command, ruleset) }));
  if (!release || release.kind === 'unknown') return { ok: false, error: { kind: 'unknown' } };
  if (release.kind === 'moved') return { ok: false, error: release };
  const facts = release.travels ? parts.store.pageOfStrand(release.index, after, limit('historyPage')) : [];
  const last = facts.at(-1);
  const next = last && facts.length === limit('historyPage') ? { source: last.source, id: last.id } : null;
  return { ok: true, epoch: release.epoch, generation: release.generation, facts, next };
}
