import type { Decisions } from '../decision/decide.ts';
import { decidePlacements } from '../decision/decide.ts';
import type { AuthState, Fact } from '../event/event.ts';
import { findNamespace } from '../identity/namespaces.ts';
import type { EventId, Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { createStrand, type Strand, sameIdentity } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { createLog } from '../segment/runtime/log/log.ts';
import { createResident, type Subject } from '../segment/runtime/resident.ts';
import type { InteractAnswer, InteractCommand, InteractError, MembershipChange, StrandRef } from './command.ts';
import { bringUpToDate, Evaluation, membersOf } from './evaluate.ts';
import { Memberships } from './memberships.ts';
import { type CausedChange, factName, openChunk } from './outbox.ts';
import { consentedNow, slideSession } from './presence.ts';
import { profileView, recentView } from './profile-view.ts';
import { findStrand, type LinkIntent, type ProfileState } from './state.ts';
import { presentAs, takeEvents, type Visit } from './take-events.ts';

const STRANGER: Subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };

type Moved = Extract<InteractError, { kind: 'moved' }>;

/** What one visit did to a profile: rows to write, and the answer. `state` was changed in place. */
export interface Interaction {
  readonly newFacts: readonly Fact[];
  /** False: nothing changed that must be stored. */
  readonly dirty: boolean;
  /** The device to fetch from another profile before the answer is whole. */
  readonly link: LinkIntent | null;
  readonly answer: Omit<InteractAnswer, 'cost'>;
}

/**
 * The one entry: a visit goes in, facts, effects and decisions come out. Pure but for `state`, which is the caller's draft.
 * `known` holds the ids of this command's events that are stored already.
 */
export function interact(
  state: ProfileState,
  command: InteractCommand,
  ruleset: LoadedRuleset,
  known: ReadonlySet<EventId>,
): Interaction | { readonly moved: Moved } {
  const visit = openVisit(state, command);
  if ('moved' in visit) return visit;

  const { revision: before, sequence: applied } = state;
  const changes = before === 0 ? begin(state, ruleset, command.now) : bringUpToDate(state, ruleset, command.now);
  const evaluation = new Evaluation(state, ruleset, command.now);
  const taken = takeEvents(state, command, visit, known, evaluation);
  const link = visit.opened ? openSession(state, command, visit) : null;
  if (taken.facts.length > 0) slideSession(visit.device, command.now);
  evaluation.settle('event', changes);
  state.memberships.forgetOldExits(command.now);

  const authState = presentAs(state, command, visit, taken.signedOut);
  const decisions = decideFor(taken.signedOut ? null : state, visit.through, authState, command, ruleset);
  // A profile without a strand does not exist yet, and reading makes none.
  const exists = state.strands.length > 0;
  const tells = exists && (taken.facts.length > 0 || changes.length > 0 || visit.opened);
  if (tells) record(state, taken.facts, changes, command.now, decisions);
  // Also what a visit that only reads has applied must be known after a sleep: evaluation never goes back.
  const dirty = tells || (exists && state.sequence !== applied);

  const answer: Omit<InteractAnswer, 'cost'> = {
    sequence: ruleset.sequence,
    state: authState,
    duplicates: taken.duplicates,
    leftOver: taken.leftOver,
    accepted: taken.facts.length,
    refused: taken.refused,
    propositions: decisions.propositions,
    bare: false,
    memberships: visibleChanges(state, changes, ruleset, command, taken.signedOut),
    device: deviceNow(state, command, visit, taken.signedOut),
    profile: command.include.profile && !taken.signedOut ? profileView(state, ruleset, authState) : null,
    recent: command.include.recent ? (taken.signedOut ? [] : recentView(state)) : null,
    trace: decisions.trace,
  };
  return { newFacts: taken.facts, dirty, link, answer };
}

/** Nobody was in a segment before the first event: a profile is first evaluated with it. */
function begin(state: ProfileState, ruleset: LoadedRuleset, now: Instant): CausedChange[] {
  state.sequence = ruleset.sequence;
  state.evaluatedAt = now;
  state.live = null;
  // What a visit that only read has found out was never true of anybody.
  state.memberships = new Memberships();
  return [];
}

/** Finds or opens the strands of this visit, or says where they went. */
function openVisit(state: ProfileState, command: InteractCommand): Visit | { readonly moved: Moved } {
  const reading = command.events.length === 0 && command.login === null;
  const asked = strandFor(state, command.through, command.now);
  if (asked.strand.state !== 'owned') {
    return { moved: { kind: 'moved', to: asked.strand.movedTo ?? command.profile, epoch: asked.strand.epoch + 1 } };
  }
  const isNew = asked.index === state.strands.length;
  if (isNew && !reading) state.strands.push(asked.strand);
  const device = deviceOf(state, command, asked.strand);
  const opened = (isNew && !reading) || command.login !== null;
  const person =
    device?.session && device.session.until >= command.now ? findStrand(state, device.session.person) : null;
  if (person && person.strand.state === 'owned') return { through: person.strand, index: person.index, device, opened };
  return { through: asked.strand, index: isNew && reading ? -1 : asked.index, device, opened };
}

function deviceOf(state: ProfileState, command: InteractCommand, asked: Strand): Strand | null {
  if (!command.device) return null;
  if (sameIdentity(command.device.identity, asked.identity)) return asked;
  return findStrand(state, command.device.identity)?.strand ?? null;
}

/** The strand of an identity as it stands, or a new one numbered after the last. A newer epoch than the closed one opens the next generation. */
function strandFor(
  state: ProfileState,
  ref: StrandRef,
  now: Instant,
): { readonly strand: Strand; readonly index: number } {
  const found = findStrand(state, ref.identity);
  if (found && (found.strand.state === 'owned' || ref.epoch <= found.strand.epoch)) return found;
  const trust = findNamespace(ref.identity.namespace)?.unique ? 'verified' : 'anonymous';
  const generation = (found?.strand.generation ?? 0) + 1;
  return { strand: createStrand(ref.identity, trust, ref.epoch, generation, now), index: state.strands.length };
}

/** Where the device's token should point after this visit. */
function deviceNow(
  state: ProfileState,
  command: InteractCommand,
  visit: Visit,
  signedOut: boolean,
): InteractAnswer['device'] {
  if (signedOut && command.afterSignOut) return { at: command.afterSignOut, epoch: (visit.device?.epoch ?? 0) + 1 };
  const stored = command.device ? findStrand(state, command.device.identity)?.strand : undefined;
  // A visit that only reads opens no strand, but it knows where the device lives.
  const strand = stored?.state === 'owned' ? stored : visit.device;
  return strand?.state === 'owned' ? { at: state.profile, epoch: strand.epoch } : null;
}

/** A proof was given: the device's session opens when the device is here; otherwise it is asked for, and the wish is stored with the facts. */
function openSession(state: ProfileState, command: InteractCommand, visit: Visit): LinkIntent | null {
  const { login, device } = command;
  if (!login || !device) return null;
  const until = (command.now + limit('sessionMs')) as Instant;
  if (visit.device?.state === 'owned') {
    visit.device.session = { person: login.person, until };
    return null;
  }
  if (!login.deviceAt || login.deviceAt === state.profile) {
    const opened = strandFor(
      state,
      { identity: device.identity, epoch: Math.max(device.epoch, (visit.device?.epoch ?? 0) + 1) },
      command.now,
    ).strand;
    opened.session = { person: login.person, until };
    state.strands.push(opened);
    return null;
  }
  const waiting = state.intents.find((intent) => !intent.takenFrom && sameIdentity(intent.identity, device.identity));
  if (waiting) return waiting;
  const intent: LinkIntent = {
    identity: device.identity,
    from: login.deviceAt,
    epoch: device.epoch,
    person: login.person,
    at: command.now,
  };
  state.intents.push(intent);
  return intent;
}

/** Decides for the profile as it is now; without a profile, for somebody about whom nothing is known, not even a choice. */
function decideFor(
  state: ProfileState | null,
  through: Strand,
  authState: AuthState,
  command: InteractCommand,
  ruleset: LoadedRuleset,
): Decisions {
  if (command.placements.length === 0) return { propositions: [], trace: command.include.trace ? [] : null };
  const consented = consentedNow(state?.strands ?? [], state ? through : null, command.defaultConsent, command.denied);
  const members = state ? membersOf(state) : strangerMembers(ruleset, command.now);
  const subject = { now: command.now, state: authState, consented, members };
  return decidePlacements(ruleset, subject, command.placements, command.requestId, command.include.trace);
}

/** Memberships of a profile without any fact, by position. */
export function strangerMembers({ engine }: LoadedRuleset, now: Instant): Uint8Array {
  return createResident(engine, createLog(engine.program.log, 0), STRANGER, now).members;
}

function record(
  state: ProfileState,
  facts: readonly Fact[],
  changes: readonly CausedChange[],
  now: Instant,
  decisions: Decisions,
): void {
  state.revision++;
  const chunk = openChunk(state.outbox, now);
  for (const fact of facts) chunk.facts.push(factName(fact.source, fact.id));
  chunk.changes.push(...changes);
  for (const { placement, offer } of decisions.propositions) {
    const name = `${placement}\n${offer ?? ''}`;
    chunk.decisions[name] = (chunk.decisions[name] ?? 0) + 1;
  }
}

/** What this caller may see: all memberships now for an operator's view, else the public ones that changed. */
function visibleChanges(
  state: ProfileState,
  changes: readonly CausedChange[],
  ruleset: LoadedRuleset,
  command: InteractCommand,
  signedOut: boolean,
): readonly MembershipChange[] {
  if (signedOut) return [];
  if (command.include.allMemberships) {
    return [...state.memberships].map(([segment, held]) => ({
      segment,
      status: held.member ? ('entered' as const) : ('exited' as const),
      since: held.since,
    }));
  }
  return changes
    .filter(({ segment }) => ruleset.segmentInfo[ruleset.positions.get(segment) ?? -1]?.public === true)
    .map(({ segment, status, since }) => ({ segment, status, since }));
}
