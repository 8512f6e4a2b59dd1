import type { Fact } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { foldLog } from '../segment/runtime/log/fold-log.ts';
import { insertEvent } from '../segment/runtime/log/log.ts';
import { consentMoved, openLive } from './live.ts';
import type { Cause, CausedChange } from './outbox.ts';
import { type Live, type ProfileState, refreshAttributes } from './state.ts';

/** After so many instants at which something may flip the rest is done in one step: the record stays right, only its last `since` coarsen. */
const MAX_CATCH_UP = 5_000;
/** Fewer for a long log: at an instant each of its rows may be looked at, and an object has 30 s of processor time. */
const CATCH_UP_ROWS = 5_000_000;
const EVIDENCE_EVENTS = 3;
const NONE: ReadonlySet<number> = new Set();

/**
 * Brings memberships up to the ruleset and the instant. Flips that time alone caused since the last evaluation get their exact instants. What the
 * program now says otherwise than was recorded, about that last evaluation and still at `now`, is the publish's; the outcome is the same whether the
 * object slept or not.
 */
export function bringUpToDate(state: ProfileState, ruleset: LoadedRuleset, now: Instant): CausedChange[] {
  const changes: CausedChange[] = [];
  const to = Math.max(now, state.evaluatedAt) as Instant;
  const isOther = state.live?.engine !== ruleset.engine;
  // Another ruleset may merge attributes in another way.
  if (isOther) refreshAttributes(state, ruleset.attributes);
  const live = isOther || !state.live ? openLive(state, ruleset.engine, state.evaluatedAt) : state.live;
  const differing = isOther ? unlikeRecorded(state, ruleset, live) : NONE;
  if (state.sequence < ruleset.sequence) {
    if (isOther) endFormer(state, ruleset, to, changes);
    state.sequence = ruleset.sequence;
  }
  const passed = (segment: number, member: boolean, at: number) => {
    live.wake = undefined;
    if (!differing.has(segment)) record(state, ruleset, live, segment, member, at as Instant, 'time', changes);
  };
  live.resident.advance(to, passed, Math.min(MAX_CATCH_UP, Math.ceil(CATCH_UP_ROWS / (state.log.length + 1))));
  state.evaluatedAt = to;
  settleSegments(state, ruleset, live, differing, 'publish', changes);
  return changes;
}

/** What one command does to the log and to attributes, evaluated as it comes and recorded once: nobody enters and leaves in one breath. */
export class Evaluation {
  readonly #state: ProfileState;
  readonly #ruleset: LoadedRuleset;
  readonly #now: Instant;
  readonly #touched = new Set<number>();
  readonly #touch = (segment: number) => void this.#touched.add(segment);
  #stale: boolean;

  /** The state was brought up to `now`, or nothing was ever stored of it. */
  constructor(state: ProfileState, ruleset: LoadedRuleset, now: Instant) {
    this.#state = state;
    this.#ruleset = ruleset;
    this.#now = Math.max(now, state.evaluatedAt) as Instant;
    this.#stale = state.live === null;
  }

  /** An event that was stored. */
  add(fact: Fact): void {
    const { log, live } = this.#state;
    const row = insertEvent(log, fact);
    if (row < 0) return;
    // A late event moves rows.
    if (row < log.length - 1) this.#stale = true;
    if (this.#stale || !live) return;
    live.wake = undefined;
    live.resident.added(row, null);
  }

  /** Strands hold other values of these now. */
  attributes(names: ReadonlySet<string>): void {
    const { live } = this.#state;
    refreshAttributes(this.#state, this.#ruleset.attributes);
    if (this.#stale || !live) return;
    live.wake = undefined;
    live.resident.attributesChanged(names, this.#touch);
  }

  /** Strands came or went, with all they brought. */
  moved(): void {
    refreshAttributes(this.#state, this.#ruleset.attributes);
    this.#stale = true;
  }

  /** Records what came of it. */
  settle(cause: Cause, changes: CausedChange[]): void {
    const [state, ruleset] = [this.#state, this.#ruleset];
    const consent = state.live !== null && consentMoved(state, state.live);
    const folded = foldLog(ruleset.engine, state.log, limit('fullEventsPerProfile'));
    if (state.live && !this.#stale && !consent && !folded) {
      state.live.resident.settle(this.#touch);
      settleSegments(state, ruleset, state.live, this.#touched, cause, changes);
      return;
    }
    const live = openLive(state, ruleset.engine, this.#now);
    const differing = unlikeRecorded(state, ruleset, live);
    settleSegments(state, ruleset, live, differing, consent && cause === 'event' ? 'consent' : cause, changes);
  }
}

/** By position: 1 where the person is a member, or eligible. */
export function membersOf({ live }: ProfileState): Uint8Array {
  if (!live) throw new Error('not evaluated yet');
  return live.resident.members;
}

/** Segments whose record says something else. Most of a large ruleset are neither recorded nor true. */
function unlikeRecorded(
  { memberships }: ProfileState,
  { segmentInfo, positions }: LoadedRuleset,
  { resident: { members } }: Live,
): ReadonlySet<number> {
  const differing = new Set<number>();
  for (let position = members.indexOf(1); position >= 0; position = members.indexOf(1, position + 1)) {
    const info = segmentInfo[position];
    if (info && !info.hidden && !memberships.has(info.id)) differing.add(position);
  }
  for (const [segment, { member }] of memberships) {
    const position = member ? positions.get(segment) : undefined;
    if (position !== undefined && members[position] !== 1) differing.add(position);
  }
  return differing;
}

function settleSegments(
  state: ProfileState,
  ruleset: LoadedRuleset,
  live: Live,
  positions: ReadonlySet<number>,
  cause: Cause,
  changes: CausedChange[],
): void {
  for (const position of positions) {
    const member = live.resident.members[position] === 1;
    const id = ruleset.segmentInfo[position]?.id;
    if (id === undefined || state.memberships.has(id) === member) continue;
    record(state, ruleset, live, position, member, state.evaluatedAt, cause, changes);
  }
}

function record(
  state: ProfileState,
  { segmentInfo, sequence }: LoadedRuleset,
  { resident }: Live,
  position: number,
  member: boolean,
  since: Instant,
  cause: Cause,
  changes: CausedChange[],
): void {
  const info = segmentInfo[position];
  if (!info || info.hidden) return;
  state.memberships.set(info.id, { member, since, sequence, cause });
  const { events, attributes } = resident.evidence(position);
  const evidence = { events: events.slice(0, EVIDENCE_EVENTS), attributes };
  changes.push({ segment: info.id, status: member ? 'entered' : 'exited', since, cause, sequence, evidence });
}

/** Memberships of segments that are no more. */
function endFormer(
  state: ProfileState,
  { positions, sequence }: LoadedRuleset,
  since: Instant,
  changes: CausedChange[],
): void {
  for (const [segment, { member }] of state.memberships) {
    if (positions.has(segment) || !member) continue;
    state.memberships.set(segment, { member: false, since, sequence, cause: 'publish' });
    const evidence = { events: [], attributes: [] };
    changes.push({ segment, status: 'exited', since, cause: 'publish', sequence, evidence });
  }
}
