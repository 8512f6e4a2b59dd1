import type { Fact } from '../../../core/event/event.ts';
import type { ExplainCommand, ExplainReply } from '../../../core/interaction/explain-command.ts';
import { withdrawnNow } from '../../../core/interaction/live.ts';
import { findStrand, type ProfileState, refreshAttributes } from '../../../core/interaction/state.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { countsHere, takesFacts } from '../../../core/profile/strand.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import { runExplanation } from '../../../core/segment/explain/run-explanation.ts';
import { createResident, type Subject } from '../../../core/segment/runtime/resident.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';

/** Evaluates an explanation from all facts, as they count now. Changes nothing: what time has brought since the last visit is recorded at the next. */
export function explainProfile(
  state: ProfileState,
  store: ProfileStore,
  { identity, segment, plan, horizonMs }: ExplainCommand,
  ruleset: LoadedRuleset,
  now: Instant,
): ExplainReply {
  const meant = identity && findStrand(state, identity)?.strand;
  if (identity && !meant) return { kind: 'unknown' };
  if (meant && !takesFacts(meant) && meant.movedTo) return { kind: 'moved', to: meant.movedTo };
  refreshAttributes(state, ruleset.attributes);
  const subject: Subject = {
    attribute: (name) => state.attributes.get(name),
    withdrawn: (strand) => withdrawnNow(state, strand),
    score: () => undefined,
  };
  const from = state.evaluatedAt;
  return {
    kind: 'explained',
    profile: state.profile,
    sequence: state.sequence,
    membership: (segment !== null && state.memberships.get(segment)) || null,
    approximateSince: approximateSince(state, segment, subject, ruleset),
    outcome: runExplanation(plan, factsThatCount(state, store), subject, { from, now, horizonMs }),
  };
}

function* factsThatCount(state: ProfileState, store: ProfileStore): Iterable<Fact> {
  for (const fact of store.all()) if (counts(state, fact)) yield fact;
}

function counts({ strands }: ProfileState, fact: Fact): boolean {
  const strand = strands[fact.strand];
  return strand !== undefined && countsHere(strand);
}

function approximateSince(
  state: ProfileState,
  segment: string | null,
  subject: Subject,
  { engine, segmentInfo }: LoadedRuleset,
): Instant | null {
  const position = segmentInfo.findIndex(({ id }) => id === segment);
  if (position < 0 || state.log.folded === null) return null;
  const resident = createResident(engine, state.log, subject, state.evaluatedAt);
  return resident.approximateSince(position) as Instant | null;
}
