import type { Instant, Sequence } from '../../lib/ids.ts';

/** A profile's memberships, and the highest sequence that made them. */
export interface PublishedState {
  readonly sequence: Sequence;
  /** By segment id, former ones included. */
  readonly memberships: ReadonlyMap<string, { readonly member: boolean; readonly since: Instant }>;
}

export interface OfferedRuleset {
  readonly sequence: Sequence;
  /** The segments that hold the profile at an instant. */
  readonly members: (now: Instant) => ReadonlySet<string>;
}

export interface PublishChange {
  readonly segment: string;
  readonly status: 'entered' | 'exited';
  readonly since: Instant;
  readonly cause: 'publish';
}

/**
 * The rule of catching up, as small as it can be said; `interaction` does it on real profiles and is tested against this. A touch, by a visit or by
 * a sweep, that offers a higher sequence makes memberships what that ruleset says at this instant, and records only what differs, with cause
 * `publish`. The same sequence changes nothing, a lower one is never evaluated. Flips by time under the former sequence up to `now`
 * have been recorded before (with cause `time`); without that, they would be told as the publish's.
 */
export function publishCatchUp(
  state: PublishedState,
  offered: OfferedRuleset,
  now: Instant,
): { readonly state: PublishedState; readonly changes: readonly PublishChange[] } {
  if (offered.sequence <= state.sequence) return { state, changes: [] };
  const members = offered.members(now);
  const memberships = new Map(state.memberships);
  const changes: PublishChange[] = [];
  for (const segment of [...new Set([...state.memberships.keys(), ...members])].sort()) {
    const member = members.has(segment);
    if (member === (state.memberships.get(segment)?.member ?? false)) continue;
    memberships.set(segment, { member, since: now });
    changes.push({ segment, status: member ? 'entered' : 'exited', since: now, cause: 'publish' });
  }
  return { state: { sequence: offered.sequence, memberships }, changes };
}
