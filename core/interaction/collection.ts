import type { Identity } from '../event/event.ts';
import { identityKey } from '../identity/identity-key.ts';
import { isLazy } from '../identity/protocol/is-lazy.ts';
import { PROTOCOL } from '../identity/protocol/protocol-context.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import {
  deviceIdBytes,
  formatProfileId,
  type Instant,
  jurisdictionOf,
  type ProfileId,
  parseDeviceId,
} from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import type { ProfileState } from './state.ts';

/** A day more than a token may name this place and be believed about finding nobody here. */
const STUB_MS = PROTOCOL.stubMs + DAY_MS;

/**
 * When an object may be forgotten that only remembers where everybody went; null: somebody, or something, is here. The place where a lazy
 * identity was born stays: whoever looks for that identity begins there, without asking its directory.
 */
export function collectsAt(state: ProfileState, rules: StitchRules): Instant | null {
  const { strands, outbox, archiveKeys, profile, stitch } = state;
  if (stitch.state !== 'forwarded' && stitch.state !== 'live') return null;
  if (outbox.chunks.length > 0 || archiveKeys.length > 0) return null;
  if (!strands.every((strand) => strand.state === 'gone' && strand.facts === 0)) return null;
  if (strands.some(({ identity }) => mayBeBornAt(identity, profile, rules))) return null;
  // The last to leave was still evaluated, and nobody has been since.
  return (state.evaluatedAt + STUB_MS) as Instant;
}

/** For other ids than our own a keyed hash tells, and no profile knows the key. */
function mayBeBornAt(identity: Identity, profile: ProfileId, rules: StitchRules): boolean {
  if (!isLazy(identityKey(identity), rules)) return false;
  const device = identity.namespace === 'device' ? parseDeviceId(identity.value) : null;
  return device === null || formatProfileId(deviceIdBytes(device), 1, jurisdictionOf(profile)) === profile;
}
