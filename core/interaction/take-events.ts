import type { AcceptedEvent, AuthState, Fact } from '../event/event.ts';
import { REFUSALS } from '../event/refusal.ts';
import { findEventType } from '../event/registry.ts';
import { identityKey } from '../identity/identity-key.ts';
import type { LinkWish } from '../identity/protocol/link-wish.ts';
import { isErased } from '../identity/protocol/whereabouts.ts';
import { isPersonal } from '../identity/replay/settle-strands.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import type { EventId, Instant } from '../lib/ids.ts';
import { NECESSARY_MASK, withdrawnMask } from '../policy/purposes.ts';
import { noteLeft } from '../profile/note-left.ts';
import { keptSince } from '../profile/retention.ts';
import { applyEvent, type Strand, takesFacts } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import type { InteractCommand } from './command.ts';
import type { Evaluation } from './evaluate.ts';
import { expect } from './expected-device.ts';
import { authStateOf, refusedBy } from './presence.ts';
import { type ProfileState, personOf, type WaitingSession } from './state.ts';
import { carryToPerson } from './sync-strands.ts';
import { type TakenBack, takeBackRefusals, takenBackBy } from './taken-back.ts';
import { belatedWish, logoutWish, recordWish, whenOf } from './wishes.ts';

/** Corrected clocks of two requests differ by so much. */
const EARLIER_MS = 5_000;
/** A device that arrives is nobody's. */
const SIGNED_OUT = -1 as Instant;

/** Through which strands a command comes. */
export interface Visit {
  readonly through: Strand;
  /** Number of `through` in the profile; -1 while it is not stored because this visit only reads. */
  readonly index: number;
  readonly device: Strand | null;
  /** Somebody has signed in on the device, which is still on its way here. */
  readonly expected: WaitingSession | null;
  /** A strand or session was opened: must be stored even without events. */
  readonly opened: boolean;
  /** Somebody signed out on the device, and it has not left yet: what it sends belongs to whoever comes next. */
  readonly leaving: boolean;
}

/** What a command brought that is stored, and what is not. */
export interface Taken {
  readonly facts: Fact[];
  readonly duplicates: EventId[];
  readonly refused: {
    readonly id: EventId;
    readonly code: 'noConsent' | 'erased' | 'tooOld';
    readonly detail: string;
  }[];
  /** What new facts want linked. */
  readonly wishes: LinkWish[];
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
  /** Null: nobody counts here yet. */
  evaluation: Evaluation | null,
  { stitch: rules, retention }: Pick<LoadedRuleset, 'stitch' | 'retention'>,
): Taken {
  const taken: Taken = {
    facts: [],
    duplicates: [],
    refused: [],
    wishes: [],
    leftOver: visit.leaving ? command.events.map(({ id }) => id).filter((id) => !known.has(id)) : [],
    signedOut: visit.leaving,
  };
  if (visit.leaving) {
    taken.duplicates.push(...known);
    return taken;
  }
  const seen = new Set<string>();
  const attributes = new Set<string>();
  for (const [position, event] of command.events.entries()) {
    const key = `${event.source}\n${event.id}`;
    if (known.has(event.id) || seen.has(key)) {
      taken.duplicates.push(event.id);
      continue;
    }
    // Sent before, perhaps, to where the device was: whether that is so, the device brings along.
    if (isArriving(visit, event) || (visit.expected && event.at <= visit.expected.since + EARLIER_MS)) {
      taken.leftOver.push(event.id);
      continue;
    }
    if (isErased(visit.through, event.at) || (visit.device && isErased(visit.device, event.at))) {
      taken.refused.push({ id: event.id, code: 'erased', detail: REFUSALS.erased });
      continue;
    }
    // Also a repetition of what was stored and is kept no more.
    if (event.at < (keptSince(retention, event.type, command.now) ?? event.at)) {
      taken.refused.push({ id: event.id, code: 'tooOld', detail: 'events of this type are not kept for so long' });
      continue;
    }
    const back = takenBackBy(event, visit, state, command);
    const gated = gate(event, visit.through, state.strands, back);
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
    const changed = applyEvent(visit.through, fact);
    if (fact.consent) carryToPerson(state, visit.through);
    takeBackRefusals(back, fact, visit.through);
    // On its way in, a strand does not count yet: the log takes its facts when it has wholly come.
    if (visit.through.state !== 'incoming') {
      for (const name of changed) attributes.add(name);
      evaluation?.add(fact);
    }
    const belated = belatedWish(state, visit.through, fact, rules);
    // One wish brings all that came late for one person.
    if (belated && !taken.wishes.some(({ kind, keys }) => kind === 'late' && keys[1] === belated.keys[1]))
      taken.wishes.push(belated);
    const wish = recordWish(state, fact, command.hints, rules);
    if (wish) taken.wishes.push(wish);
    const farewell = event.type === 'signed.out' ? signOut(state, command, visit, fact, rules) : null;
    if (farewell) {
      taken.wishes.push(farewell);
      taken.signedOut = true;
      taken.leftOver.push(...command.events.slice(position + 1).map((later) => later.id));
      break;
    }
  }
  if (attributes.size > 0) evaluation?.attributes(attributes);
  return taken;
}

/** Its device has not wholly come. Who signs out meanwhile is heard at once. */
function isArriving({ through, device }: Visit, { type }: AcceptedEvent): boolean {
  return device?.state === 'incoming' && (through === device || type !== 'signed.out');
}

/**
 * The stricter of what the event says and what the profile holds; only the strand itself, and a proven person at that device, may take a refusal back.
 * Null: nothing is left to store it for.
 */
function gate(
  event: AcceptedEvent,
  through: Strand,
  strands: readonly Strand[],
  back: TakenBack,
): AcceptedEvent | null {
  const held = event.consent ? { ...through.consent, ...event.consent } : through.consent;
  const elsewhere =
    strands.length > 1
      ? refusedBy(
          strands.filter((strand) => strand !== through),
          back,
        )
      : 0;
  const purposes = event.purposes & ~withdrawnMask(held) & ~elsewhere;
  if (purposes === event.purposes) return event;
  if (purposes === NECESSARY_MASK && !findEventType(event.type)?.necessary) return null;
  return { ...event, purposes };
}

/** Ends the session; whoever uses the device next is not this person. Null: nobody was signed in as far as we know. */
function signOut(
  state: ProfileState,
  command: InteractCommand,
  { through, device, expected }: Visit,
  fact: Fact,
  rules: StitchRules,
): LinkWish | null {
  if (expected) {
    expect(state, { ...expected, until: SIGNED_OUT });
    return logoutWish(state, expected.device, expected.person, fact, rules);
  }
  if (!device || !takesFacts(device)) {
    // The person says so, wherever the device is by now.
    const elsewhere =
      command.login === null && isPersonal(identityKey(through.identity), rules) ? command.device : null;
    return elsewhere && logoutWish(state, elsewhere.identity, through.identity, fact, rules);
  }
  noteLeft(device, Math.min(whenOf(fact, rules), fact.receivedAt) as Instant);
  const person = device.session?.person ?? device.claimant ?? personOf(state);
  if (!person) return null;
  device.session = null;
  device.signedOut = true;
  return logoutWish(state, device.identity, person, fact, rules);
}

/** A proof in this very request counts at once, also while its device is still on its way. */
export function presentAs(state: ProfileState, command: InteractCommand, visit: Visit, signedOut: boolean): AuthState {
  if (signedOut) return 'loggedOut';
  if (command.login || visit.expected) return 'authenticated';
  return authStateOf(state, visit.device, command.assertedState, command.now);
}
