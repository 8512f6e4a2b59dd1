import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import { closedUses, type DeviceUses } from './device-uses.ts';
import type { LinkWish } from './link-wish.ts';

/** Who used a device when this happened on it, if that is not who has it now: what comes through it so late is that person's. */
export function ownerThen(
  known: Readonly<Record<IdentityKey, DeviceUses>>,
  key: IdentityKey,
  claimant: IdentityKey | null,
  at: Instant,
  { policy }: StitchRules,
): IdentityKey | null {
  const uses = known[key];
  if (!uses || policy.anonymousHistory !== 'stay') return null;
  const then = closedUses(uses).find(({ after, until }) => (after === null || at > after) && at <= until);
  return then && then.by !== claimant ? then.by : null;
}

/** The wish of something that has come late: to go to whoever used the device. */
export function lateWish(event: string, device: IdentityKey, person: IdentityKey, stamp: LinkWish['stamp']): LinkWish {
  return { kind: 'late', event: `late\n${event}`, keys: [device, person], links: [], stamp, verified: true, hints: {} };
}
