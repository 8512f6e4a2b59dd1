import type { AcceptedEvent } from '../event/event.ts';
import { PURPOSES, type PurposeMask, purposeBit } from '../policy/purposes.ts';
import { setChoice } from '../profile/set-choice.ts';
import { type Strand, sameIdentity } from '../profile/strand.ts';
import type { InteractCommand } from './command.ts';
import { findStrand, type ProfileState } from './state.ts';

/** Refusals by the strands that they were said through. */
export type TakenBack = ReadonlyMap<Strand, PurposeMask>;

const NOTHING: TakenBack = new Map();

/**
 * What a proven yes of a person takes back: older refusals of the very device that they are signed in on, and of ids that a server names as theirs with it.
 * Those of other devices stay.
 */
export function takenBackBy(
  event: AcceptedEvent,
  { through, device }: { readonly through: Strand; readonly device: Strand | null },
  state: ProfileState,
  { login, now }: InteractCommand,
): TakenBack {
  const { consent } = event;
  if (!consent || !PURPOSES.some((purpose) => consent[purpose] === 'in')) return NOTHING;
  const isHers = (strand: Strand) =>
    strand !== through &&
    strand.state === 'owned' &&
    strand.claimant !== null &&
    sameIdentity(strand.claimant, through.identity);
  const strands = new Set<Strand>();
  const isLive = login !== null || (device?.session && device.session.until >= now);
  if (device && isLive && isHers(device)) strands.add(device);
  for (const link of event.sentBy === 'server' ? (event.links ?? []) : []) {
    const named = findStrand(state, link)?.strand;
    if (named && isHers(named)) strands.add(named);
  }
  const back = new Map<Strand, PurposeMask>();
  for (const strand of strands) {
    const mask = PURPOSES.reduce((all, purpose) => {
      const isOlder = (strand.consentAt[purpose] ?? Number.NEGATIVE_INFINITY) < event.at;
      const lifts = consent[purpose] === 'in' && strand.consent[purpose] === 'out' && isOlder;
      return lifts ? all | purposeBit(purpose) : all;
    }, 0);
    if (mask !== 0) back.set(strand, mask);
  }
  return back;
}

/** After the yes was stored: where a newer no of the person did not outlast it, the refusals are gone. They leave no yes behind. */
export function takeBackRefusals(back: TakenBack, { at }: AcceptedEvent, through: Strand): void {
  for (const [strand, mask] of back)
    for (const purpose of PURPOSES)
      if ((mask & purposeBit(purpose)) !== 0 && through.consent[purpose] === 'in')
        setChoice(strand, purpose, { choice: undefined, at });
}
