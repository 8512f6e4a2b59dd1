import type { Instant } from '../lib/ids.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { bringUpToDate } from './evaluate.ts';
import { Memberships } from './memberships.ts';
import type { Cause, CausedChange } from './outbox.ts';
import { isSomebody, type ProfileState } from './state.ts';

/** Lets time pass up to `now`. Where nobody is (yet, or any more) nothing is true of anybody: evaluation begins with whoever comes. */
export function catchUp(state: ProfileState, ruleset: LoadedRuleset, now: Instant): CausedChange[] {
  if (isSomebody(state)) return bringUpToDate(state, ruleset, now);
  beginAt(state, ruleset, now);
  return [];
}

/** Nobody was in a segment before the first event: a profile is first evaluated with it. What a visit that only read has found out was never true. */
export function beginAt(state: ProfileState, ruleset: LoadedRuleset, now: Instant): void {
  if (state.sequence < ruleset.sequence) state.sequence = ruleset.sequence;
  if (state.revision === 0 || now > state.evaluatedAt) state.evaluatedAt = now;
  state.live = null;
  const held = state.revision === 0 ? [] : [...state.memberships];
  if (state.revision === 0) state.memberships = new Memberships();
  if (!held.some(([, { member }]) => member)) return;
  state.memberships = new Memberships();
  for (const [segment, membership] of held) if (!membership.member) state.memberships.set(segment, membership);
}

/** Everybody has left: so they have left every segment. */
export function endMemberships(
  state: ProfileState,
  { sequence }: LoadedRuleset,
  now: Instant,
  cause: Cause,
): readonly CausedChange[] {
  const changes: CausedChange[] = [];
  for (const [segment, { member }] of [...state.memberships]) {
    if (!member) continue;
    state.memberships.set(segment, { member: false, since: now, sequence, cause });
    const evidence = { events: [], attributes: [] };
    changes.push({ segment, status: 'exited', since: now, cause, sequence, evidence });
  }
  state.live = null;
  return changes;
}
