import type { Decisions } from '../decision/decide.ts';
import type { Fact, Identity } from '../event/event.ts';
import type { LinkWish } from '../identity/protocol/link-wish.ts';
import type { EventId, Instant } from '../lib/ids.ts';
import { applyEvent, type Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { beginAt, catchUp } from './catch-up.ts';
import type { InteractAnswer, InteractCommand, InteractError, MembershipChange } from './command.ts';
import { decideFor, noteAnswer, takeBack } from './decide-for.ts';
import { Evaluation } from './evaluate.ts';
import { experimentsOf, exposuresBy } from './exposures.ts';
import { bothChanges, type FactRows, insertOnly, NO_ROWS, type RowChanges } from './fact-rows.ts';
import { noteHoldouts } from './note-holdouts.ts';
import { noteResults } from './note-results.ts';
import { deviceNow, openSession, openVisit } from './open-visit.ts';
import { type CausedChange, factName, type OutboxChunk, openChunk } from './outbox.ts';
import { slideSession } from './presence.ts';
import { profileView, recentView } from './profile-view.ts';
import { addResult, type Results } from './results.ts';
import { rowsAfter } from './rows-after.ts';
import { findStrand, isSomebody, type ProfileState } from './state.ts';
import { presentAs, takeEvents } from './take-events.ts';
import { holdBack } from './unsent.ts';
import { wantAll } from './want-all.ts';
import { loginWish, signingOut } from './wishes.ts';

/** What one visit did to a profile: rows to write, and the answer. `state` was changed in place. */
export interface Interaction {
  readonly newFacts: readonly Fact[];
  readonly rows: RowChanges;
  /** False: nothing changed that must be stored. */
  readonly dirty: boolean;
  /** Joining, or leaving, that is still under way: the answer is whole when it is done (`isUnderWay`). */
  readonly underWay: readonly LinkWish[];
  readonly signedOut: boolean;
  /** What was used of leases, by offer. */
  readonly leased: ReadonlyMap<string, number>;
  readonly answer: Omit<InteractAnswer, 'cost'>;
}

/**
 * The one entry: a visit goes in, facts, effects and decisions come out. Pure but for `state`, which is the caller's draft.
 * `known` holds the ids of this command's events that are stored already, here or where they came from.
 */
export function interact(
  state: ProfileState,
  command: InteractCommand,
  ruleset: LoadedRuleset,
  known: ReadonlySet<EventId>,
  stored: FactRows = NO_ROWS,
): Interaction | { readonly error: InteractError } {
  const { sequence: applied } = state;
  const wasSomebody = isSomebody(state);
  const visit = openVisit(state, command, ruleset.stitch);
  if ('error' in visit) return visit;

  const isHere = isSomebody(state);
  const changes = wasSomebody ? catchUp(state, ruleset, command.now) : begin(state, ruleset, command.now);
  const evaluation = isHere || visit.index < 0 ? new Evaluation(state, ruleset, command.now) : null;
  const ahead = command.device && visit.device?.state !== 'owned' ? command.device.identity : null;
  const taken = takeEvents(state, command, visit, known, evaluation, ruleset);
  if (command.login) openSession(state, command, visit);
  if (taken.facts.length > 0) slideSession(visit.device, command.now);
  const accepted = taken.facts.length;
  for (const exposed of exposuresBy(taken.facts, state.strands, visit.through, ruleset)) {
    taken.facts.push(exposed);
    applyEvent(visit.through, exposed);
    if (visit.through.state !== 'incoming') evaluation?.add(exposed);
  }
  evaluation?.settle('event', changes);
  state.memberships.forgetOldExits(command.now);

  const login = loginWish(state, command);
  const wishes = login ? [...taken.wishes, login] : taken.wishes;
  const wanted = wantAll(state, wishes, rowsAfter(stored, insertOnly(taken.facts)), ruleset, command.now);
  const told = wanted.changes.length === 0 ? changes : [...changes, ...wanted.changes];
  const authState = presentAs(state, command, visit, taken.signedOut);
  const counts = evaluation !== null && (visit.index < 0 || isSomebody(state));
  const isJoining = wanted.underWay.length > 0;
  const asked = taken.signedOut || !counts ? null : state;
  if (command.placements.length > 0) takeBackEarlier(state, command);
  const decisions = decideFor(asked, visit.through, authState, command, ruleset, isJoining);
  // A profile without a strand does not exist yet; reading makes none, and neither does what was refused.
  const brought = taken.facts.length > 0 || login !== null || state.revision > 0;
  const exists = state.strands.length > 0 && brought;
  const isCounted = decisions.isCounted && decisions.propositions.length > 0;
  const tells = exists && (taken.facts.length > 0 || changes.length > 0 || visit.opened || wanted.isDirty || isCounted);
  if (tells) {
    const chunk = record(state, taken.facts, changes, visit.through.identity, ahead, command.now);
    if (isCounted) noteDecisions(state, visit.through, decisions, chunk, command, ruleset);
    if (taken.facts.length > 0) noteFacts(state, visit.through, taken.facts, chunk, ruleset);
  }
  // Also what a visit that only reads has applied must be known after a sleep: evaluation never goes back.
  const dirty = tells || (exists && state.sequence !== applied);

  const answer: Omit<InteractAnswer, 'cost'> = {
    sequence: ruleset.sequence,
    state: authState,
    duplicates: taken.duplicates,
    leftOver: taken.leftOver,
    accepted,
    refused: taken.refused,
    propositions: decisions.propositions,
    bare: false,
    memberships: visibleChanges(state, told, ruleset, command, taken.signedOut),
    // What is not stored cannot be pointed at: a token tells no fence of an erasure.
    device: exists || visit.index < 0 ? deviceNow(state, command, visit, taken.leftOver.length > 0) : null,
    profile: command.include.profile && !taken.signedOut ? profileView(state, ruleset, authState) : null,
    recent: command.include.recent ? (taken.signedOut ? [] : recentView(state)) : null,
    trace: decisions.trace,
  };
  const rows = bothChanges(insertOnly(taken.facts), wanted.rows);
  const leaves = visit.leaving && visit.device ? signingOut(state, visit.device.identity) : null;
  const underWay = leaves ? [...wanted.underWay, leaves] : wanted.underWay;
  return { newFacts: taken.facts, rows, dirty, underWay, signedOut: taken.signedOut, leased: decisions.leases, answer };
}

/** Nobody was in a segment before the first event: a profile is first evaluated with it. */
function begin(state: ProfileState, ruleset: LoadedRuleset, now: Instant): CausedChange[] {
  beginAt(state, ruleset, now);
  return [];
}

function record(
  state: ProfileState,
  facts: readonly Fact[],
  changes: readonly CausedChange[],
  through: Identity,
  /** The device they came over, which was not here. */
  ahead: Identity | null,
  now: Instant,
): OutboxChunk {
  state.revision++;
  if (facts.length > 0) state.activeAt = now;
  const chunk = openChunk(state.outbox, now);
  const names = facts.map(({ source, id }) => factName(source, id));
  const holder = findStrand(state, through)?.strand;
  const isAwaited = ahead !== null && findStrand(state, ahead)?.strand.state !== 'owned';
  if (isAwaited && holder && names.length > 0) holdBack(holder, ahead, names, now);
  else chunk.facts.push(...names);
  chunk.changes.push(...changes);
  return chunk;
}

/** One request has one answer, however often it is worked out while identities are being joined: what the one before used up is at hand again. */
function takeBackEarlier({ noted, outbox }: ProfileState, { requestId, now, preview }: InteractCommand): void {
  if (noted?.request !== requestId || preview || noted.chunk !== outbox.chunks.at(-1)) return;
  if (now < noted.chunk.deadline && noted.chunk.id > (outbox.sealed ?? 0)) takeBack(noted);
}

function noteDecisions(
  state: ProfileState,
  through: Strand,
  decisions: Decisions,
  chunk: OutboxChunk,
  { requestId, now }: InteractCommand,
  ruleset: LoadedRuleset,
): void {
  state.noted = noteAnswer(through, decisions, chunk, requestId, now, ruleset);
  const { assignments } = decisions;
  if (assignments.length === 0) return;
  const results: Results = {};
  noteHoldouts(ruleset.experiments, through, state.log, assignments, now, results);
  addAll(chunk, results);
}

function noteFacts(
  { strands, log }: ProfileState,
  through: Strand,
  facts: readonly Fact[],
  chunk: OutboxChunk,
  ruleset: LoadedRuleset,
): void {
  const results: Results = {};
  const { experiments } = ruleset;
  const testsOf = (shown: Fact) => experimentsOf(shown, ruleset).flatMap((position) => experiments.all[position] ?? []);
  noteResults({ strands, through, log, experiments, testsOf }, facts, results);
  addAll(chunk, results);
}

function addAll(chunk: OutboxChunk, results: Results): void {
  for (const [name, more] of Object.entries(results)) {
    chunk.results ??= {};
    addResult(chunk.results, name.split('\n'), more);
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
