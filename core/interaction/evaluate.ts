import type { Instant, Sequence } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { withdrawnMask } from '../policy/purposes.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { evaluateSegments, type SegmentView } from '../segment/evaluate.ts';
import type { MembershipChange } from './command.ts';
import type { Cause } from './outbox.ts';
import { refusedBy } from './presence.ts';
import type { ProfileState } from './state.ts';

export type CausedChange = MembershipChange & { readonly cause: Cause };

/** More flips than this between two visits are applied at the last instant: the record stays right, only old `since` values coarsen. */
const MAX_CATCH_UP = 200;

/** Brings memberships up to the ruleset and the instant. Flips that time alone caused before `now` get their exact instant. */
export function catchUp(state: ProfileState, ruleset: LoadedRuleset, now: Instant): readonly CausedChange[] {
  const changes: CausedChange[] = [];
  for (let i = 0; i < MAX_CATCH_UP && state.nextChange !== null && state.nextChange <= now; i++) {
    reevaluate(state, ruleset, state.nextChange, 'time', changes);
  }
  return changes;
}

/** Evaluates every segment at `now`, records what flipped, and computes the next flip. Appends to `changes`. */
export function reevaluate(
  state: ProfileState,
  ruleset: LoadedRuleset,
  now: Instant,
  cause: Cause,
  changes: CausedChange[],
): void {
  const count = ruleset.segmentInfo.length;
  if (state.members.length !== count) state.members = remembered(state, ruleset);
  const next = new Uint8Array(count);
  state.nextChange = evaluateSegments(ruleset.segments, state.postings, viewOf(state), now, next);
  for (let position = 0; position < count; position++) {
    const member = next[position] === 1;
    if (member === (state.members[position] === 1)) continue;
    const info = ruleset.segmentInfo[position];
    if (!info || info.hidden) continue;
    state.memberships.set(info.id, { member, since: now });
    changes.push({ segment: info.id, status: member ? 'entered' : 'exited', since: now, cause });
  }
  state.members = next;
}

/** A new ruleset: memberships of segments that are no more end, the rest is evaluated under the new program. */
export function adoptRuleset(state: ProfileState, ruleset: LoadedRuleset, now: Instant): readonly CausedChange[] {
  const changes: CausedChange[] = [];
  const known = new Set(ruleset.segmentInfo.map((info) => info.id));
  for (const [segment, held] of state.memberships) {
    if (known.has(segment) || !held.member) continue;
    state.memberships.set(segment, { member: false, since: now });
    changes.push({ segment, status: 'exited', since: now, cause: 'publish' });
  }
  state.members = remembered(state, ruleset);
  state.sequence = ruleset.manifest.sequence as Sequence;
  reevaluate(state, ruleset, now, 'publish', changes);
  return changes;
}

/** Forgets exits that are older than the promise to show them. */
export function forgetOldExits(state: ProfileState, now: Instant): void {
  const oldest = now - limit('exitedMembershipMs');
  for (const [segment, held] of state.memberships) {
    if (!held.member && held.since < oldest) state.memberships.delete(segment);
  }
}

/** Member bits as they were last recorded, laid out for this program. */
function remembered(state: ProfileState, ruleset: LoadedRuleset): Uint8Array {
  return Uint8Array.from(ruleset.segmentInfo, (info) => (state.memberships.get(info.id)?.member ? 1 : 0));
}

/** A strand's own withdrawal hides its facts, also after it left; a refusal by the person hides the facts of all. */
function viewOf(state: ProfileState): SegmentView {
  const refused = refusedBy(state.strands);
  return {
    attribute: (name) => state.attributes.get(name),
    withdrawn: (strand) => {
      const held = state.strands[strand];
      return held ? withdrawnMask(held.consent) | refused : refused;
    },
  };
}
