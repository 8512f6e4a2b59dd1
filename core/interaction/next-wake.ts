import { nextDue } from '../identity/protocol/next-due.ts';
import { fnv1a32 } from '../lib/hash.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { DAY_MS, MINUTE_MS } from '../lib/instant.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { collectsAt } from './collection.ts';
import { expiresAt } from './expiry.ts';
import { nodeOf } from './node.ts';
import { contextOf } from './protocol-context.ts';
import { isSomebody, type ProfileState } from './state.ts';
import { overdueAt } from './unsent.ts';

/** Open work is pursued as soon as it is stored; the alarm looks after what a crash has left of it. */
const OPEN_WORK_MS = 5_000;
/** Rows of a strand that left are deleted with the next effects, or after this long. */
const CLEAN_UP_MS = MINUTE_MS;
/** Instants at which something may flip, looked at in one go: beyond, the object wakes there and looks on. */
const MAX_LOOK_AHEAD = 256;
/** Looking on is no flip: many instants within a second wake the object once. */
const LOOK_ON_MS = 1000;
/** Ten years: a flip further away than that waits for a visit. */
const HORIZON_MS = 3_650 * DAY_MS;
/** Midnights and full hours, of all zones. Many profiles flip there at once. */
const BOUNDARY_MS = 15 * MINUTE_MS;
const SPREAD_MS = MINUTE_MS;
/** An alarm that should have rung so long ago was lost. */
const LOST_MS = 2 * MINUTE_MS;

/**
 * The earliest instant at which the object has something to do by itself, or null. Of memberships only those count that somebody observes: their
 * next flip is looked for when nothing else wakes the object before anything can flip, and only while it is evaluated. The end of an idle profile
 * is waited for when there is nothing else to wait for, and so is that of an object that nobody is in any more.
 */
export function nextWake(
  state: ProfileState,
  ruleset: LoadedRuleset,
  now: Instant = state.evaluatedAt,
): Instant | null {
  const task = nextTask(state, ruleset, now);
  const end = isSomebody(state) ? expiresAt(state, ruleset.stitch) : collectsAt(state, ruleset.stitch);
  return task === null || (end !== null && end < task) ? end : task;
}

function nextTask(state: ProfileState, ruleset: LoadedRuleset, now: Instant): Instant | null {
  let wake: number | null = state.outbox.chunks[0]?.deadline ?? null;
  const due = hasOpenWork(state) ? nextDue(nodeOf(state), contextOf(ruleset.stitch, now)) : null;
  const look = due === null ? null : Math.max(due, now + OPEN_WORK_MS);
  if (look !== null && (wake === null || look < wake)) wake = look;
  const overdue = hasOpenWork(state) ? null : overdueAt(state);
  if (overdue !== null && (wake === null || overdue < wake)) wake = overdue;
  if (wake === null && state.strands.some(({ leaving, facts }) => leaving && facts > 0)) wake = now + CLEAN_UP_MS;
  if (!isSomebody(state)) return wake as Instant | null;
  const { live } = state;
  if (live?.engine !== ruleset.engine) {
    // Not evaluated under this ruleset: the alarm that is armed finds out, or one that rings at once.
    return (wake ??
      (ruleset.observed.length > 0 && state.armedAt === null ? state.evaluatedAt : null)) as Instant | null;
  }
  const until = live?.resident.until ?? Number.POSITIVE_INFINITY;
  if (ruleset.observed.length > 0 && (wake === null || until < wake)) {
    const flip = observedFlip(state, ruleset.observed);
    if (flip !== null && (wake === null || flip < wake)) wake = flip;
  }
  return wake as Instant | null;
}

/** Something of the link protocol is under way: most profiles are at rest. */
export function hasOpenWork({ stitch }: ProfileState): boolean {
  const { state, intents, operations, lock, expiry } = stitch;
  if (state === 'erasing' || lock !== null || expiry !== null) return true;
  return Object.keys(intents).length > 0 || Object.keys(operations).length > 0;
}

/** Whether the alarm must be set: each setting is a billed row. An armed one that rings earlier, or later than anything is due, is left alone. */
export function mustArm(
  { armedAt, evaluatedAt }: ProfileState,
  wake: Instant | null,
  now: Instant = evaluatedAt,
): wake is Instant {
  return wake !== null && (armedAt === null || wake < armedAt || armedAt < now - LOST_MS);
}

function observedFlip(state: ProfileState, observed: readonly number[]): Instant | null {
  const { live } = state;
  if (!live) return null;
  if (live.wake === undefined || (live.wake !== null && live.wake <= state.evaluatedAt)) {
    const next = live.resident.nextFlip(observed, state.evaluatedAt + HORIZON_MS, MAX_LOOK_AHEAD);
    const at = next && !next.exact ? Math.max(next.at, state.evaluatedAt + LOOK_ON_MS) : next?.at;
    live.wake = at === undefined || at === null ? null : spread(at, state.profile);
  }
  return live.wake;
}

/** Only the waking is spread; what is recorded is the exact instant. */
function spread(at: number, profile: ProfileId): Instant {
  return (at % BOUNDARY_MS === 0 ? at + (fnv1a32(profile) % SPREAD_MS) : at) as Instant;
}
