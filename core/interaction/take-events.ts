import type { AcceptedEvent, AuthState, Fact } from '../event/event.ts';
import { findEventType } from '../event/registry.ts';
import type { EventId } from '../lib/ids.ts';
import { NECESSARY_MASK, withdrawnMask } from '../policy/purposes.ts';
import { applyEvent, type Strand } from '../profile/strand.ts';
import type { InteractCommand } from './command.ts';
import type { Evaluation } from './evaluate.ts';
import { authStateOf, refusedBy } from './presence.ts';
import { type ProfileState, personOf } from './state.ts';

/** Through which strands a command comes. */
export interface Visit {
  readonly through: Strand;
  /** Number of `through` in the profile; -1 while it is not stored because this visit only reads. */
  readonly index: number;
  readonly device: Strand | null;
  /** A strand or session was opened: must be stored even without events. */
  readonly opened: boolean;
}

/** What a command brought that is stored, and what is not. */
export interface Taken {
  readonly facts: Fact[];
  readonly duplicates: EventId[];
  readonly refused: { readonly id: EventId; readonly code: 'noConsent'; readonly detail: string }[];
  /** Events after the sign-out: they belong to whoever comes next. */
  readonly leftOver: EventId[];
  signedOut: boolean;
}

/** Stores what is new, in order; the consent that the profile holds may refuse what the door let in. */
export function takeEvents(
  state: ProfileState,
  command: InteractCommand,
  visit: Visit,
  known: ReadonlySet<EventId>,
  evaluation: Evaluation,
): Taken {
  const taken: Taken = {
    facts: [],
    duplicates: [],
    refused: [],
    leftOver: [],
    signedOut: false,
  };
  const seen = new Set<string>();
  const attributes = new Set<string>();
  for (const [position, event] of command.events.entries()) {
    const key = `${event.source}\n${event.id}`;
    if (known.has(event.id) || seen.has(key)) {
      taken.duplicates.push(event.id);
      continue;
    }
    const gated = gate(event, visit.through, state.strands);
    if (!gated) {
      taken.refused.push({
        id: event.id,
        code: 'noConsent',
        detail: 'the visitor has withdrawn every purpose of this event',
      });
      continue;
    }
    seen.add(key);
    const auth = presentAs(state, command, visit, false);
    const fact: Fact = { ...gated, strand: visit.index, auth };
    taken.facts.push(fact);
    for (const name of applyEvent(visit.through, fact)) attributes.add(name);
    evaluation.add(fact);
    if (event.type === 'signed.out' && signOut(state, visit, command)) {
      taken.signedOut = true;
      taken.leftOver.push(...command.events.slice(position + 1).map((later) => later.id));
      break;
    }
  }
  if (attributes.size > 0) evaluation.attributes(attributes);
  return taken;
}

/** The stricter of what the event says and what the profile holds; only the strand itself may take its own refusal back. Null: nothing is left to store it for. */
function gate(event: AcceptedEvent, through: Strand, strands: readonly Strand[]): AcceptedEvent | null {
  const held = event.consent ? { ...through.consent, ...event.consent } : through.consent;
  const elsewhere = strands.length > 1 ? refusedBy(strands.filter((strand) => strand !== through)) : 0;
  const purposes = event.purposes & ~withdrawnMask(held) & ~elsewhere;
  if (purposes === event.purposes) return event;
  if (purposes === NECESSARY_MASK && !findEventType(event.type)?.necessary) return null;
  return { ...event, purposes };
}

/** Ends the session and closes the device here: what it did stays with the person, what comes next starts elsewhere and empty. */
function signOut(state: ProfileState, visit: Visit, command: InteractCommand): boolean {
  const device = visit.device;
  if (!device || !command.afterSignOut || device.state !== 'owned' || !personOf(state)) return false;
  device.session = null;
  device.state = 'closed';
  device.movedTo = command.afterSignOut;
  return true;
}

/** A proof in this very request counts at once, also while its device is still on its way. */
export function presentAs(state: ProfileState, command: InteractCommand, visit: Visit, signedOut: boolean): AuthState {
  if (signedOut) return 'loggedOut';
  if (command.login) return 'authenticated';
  return authStateOf(state, visit.device, command.assertedState, command.now);
}
