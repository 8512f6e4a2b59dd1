import { catchUp } from '../../../core/interaction/catch-up.ts';
import { copyForSample, type SampleReply } from '../../../core/interaction/copy-for-sample.ts';
import { closeChunk, openChunk } from '../../../core/interaction/outbox.ts';
import type { CaughtUp } from '../../../core/interaction/rpc.ts';
import { isSomebody, type ProfileState } from '../../../core/interaction/state.ts';
import type { Instant, Sequence, Space } from '../../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import type { RulesetStore } from '../../stores/ruleset-store.ts';
import type { ProfileKeeper, Whose } from './profile-keeper.ts';

const encoder = new TextEncoder();

/** The profile for a sample. Undefined: nobody is stored here. */
export function sampleCopy(state: ProfileState | undefined, store: Pick<ProfileStore, 'all'>): SampleReply {
  return state ? copyForSample(state, store.all(), (text) => encoder.encode(text)) : { kind: 'gone' };
}

export interface CatchUpParts {
  readonly keeper: ProfileKeeper;
  readonly rulesets: Pick<RulesetStore, 'atLeast'>;
  readonly now: () => Instant;
}

/**
 * Applies a newer ruleset without a visit. What changes is due to be sent at once; who is up to date costs no write. `rulesetOf`: what somebody goes by among
 * what is known here; while a publish is gradual not everybody goes by the newest.
 */
export async function catchUpProfile(
  { keeper, rulesets, now }: CatchUpParts,
  rulesetOf: (whose: Whose) => Promise<LoadedRuleset | null>,
  { space, sequence }: { readonly space: Space; readonly sequence: Sequence },
): Promise<CaughtUp> {
  const whose = keeper.whose();
  if (whose?.space !== space) return 'gone';
  // Known here afterwards, whoever goes by it.
  const newest = await rulesets.atLeast(space, sequence);
  const ruleset = newest && (await rulesetOf(whose));
  // Counted as not reached; the next visit does it.
  if (!ruleset) throw new Error('no ruleset to catch up with');
  const held = keeper.state(ruleset);
  if (!held || !isSomebody(held)) return 'gone';
  if (held.sequence >= ruleset.sequence) return 'current';
  keeper.change(ruleset, (state, applied) => {
    const at = now();
    const changes = catchUp(state, applied, at);
    state.memberships.forgetOldExits(at);
    if (changes.length === 0) return;
    openChunk(state.outbox, at).changes.push(...changes);
    closeChunk(state.outbox, at);
  });
  return 'applied';
}
