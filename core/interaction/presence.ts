import type { AuthState, Identity } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import {
  type ConsentChoices,
  NECESSARY_MASK,
  PURPOSES,
  type PurposeMask,
  purposeBit,
  withdrawnMask,
} from '../policy/purposes.ts';
import { type Strand, sameIdentity, takesFacts } from '../profile/strand.ts';
import { type ProfileState, personOf } from './state.ts';
import type { TakenBack } from './taken-back.ts';

/**
 * How sure we are, now, that the profile's person is in front of this device. A device that moved since its birth
 * (epoch above 1) to a profile without a person is one that somebody signed out on, unless that somebody was erased.
 */
export function authStateOf(
  state: ProfileState,
  device: Strand | null,
  asserted: AuthState | null,
  now: Instant,
): AuthState {
  if (!device) return asserted ?? 'anonymous';
  if (!takesFacts(device)) return 'loggedOut';
  if (device.session && device.session.until >= now) return 'authenticated';
  if (device.signedOut) return 'loggedOut';
  if (personOf(state)) return 'recognised';
  return device.epoch > 1 && device.erasedAt < 0 ? 'loggedOut' : 'anonymous';
}

/** Slides a live session; a session that ended stays ended until the next proof. */
export function slideSession(device: Strand | null, now: Instant): void {
  if (device?.session && device.session.until >= now) device.session.until = (now + limit('sessionMs')) as Instant;
}

/**
 * What the visitor consents to now: the choice made through this strand, else the source's default; a refusal by the
 * person on any of their strands wins over both, and so does `denied`, what this very request rules out. A yes that
 * somebody gave while they were met on a device is heard only where they are, until they sign out.
 */
export function consentedNow(
  strands: readonly Strand[],
  through: Strand | null,
  sourceDefault: ConsentChoices,
  denied: PurposeMask,
): PurposeMask {
  let mask = NECESSARY_MASK;
  for (const purpose of PURPOSES) {
    const by = through?.grantedBy?.[purpose];
    const isTheirs = by === undefined || (through?.signedOut !== true && livesHere(strands, by));
    const choice = (isTheirs ? through?.consent[purpose] : undefined) ?? sourceDefault[purpose];
    if (choice === 'in') mask |= purposeBit(purpose);
  }
  return mask & ~denied & ~refusedBy(strands);
}

/** Purposes that the person refuses, on whichever of their strands they said so, but for what is taken `back` right now. */
export function refusedBy(strands: readonly Strand[], back?: TakenBack): PurposeMask {
  let mask = 0;
  for (const strand of strands) {
    if (strand.state === 'owned') mask |= withdrawnMask(strand.consent) & ~(back?.get(strand) ?? 0);
  }
  return mask;
}

/** Whether an identity is one of those that live here now. */
export function livesHere(strands: readonly Strand[], identity: Identity): boolean {
  return strands.some((strand) => strand.state === 'owned' && sameIdentity(strand.identity, identity));
}
