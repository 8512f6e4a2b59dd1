import { withContents } from '../../core/decision/contents.ts';
import { decideFallbacks, decidePlacements } from '../../core/decision/decide.ts';
import type { Proposition, Reason } from '../../core/decision/proposition.ts';
import { strangerMembers } from '../../core/interaction/decide-for.ts';
import { consentedNow } from '../../core/interaction/presence.ts';
import type { Instant } from '../../core/lib/ids.ts';
import type { PurposeMask } from '../../core/policy/purposes.ts';
import type { Caller } from '../http/caller.ts';

/** Answers for somebody about whom nothing is known: the same rules over an empty profile, no object, nothing stored. */
export function decideForStranger(
  caller: Caller,
  placements: readonly string[],
  requestId: string,
  now: Instant,
  denied: PurposeMask,
): readonly Proposition[] {
  if (placements.length === 0) return [];
  const members = strangerMembers(caller.ruleset, now);
  const consented = consentedNow([], null, caller.source.defaultConsent, denied);
  const subject = { now, state: 'anonymous' as const, consented, members };
  const { propositions } = decidePlacements(caller.ruleset, subject, placements, { requestId });
  return withContents(propositions, caller.ruleset);
}

export function fallbacks(
  caller: Caller,
  placements: readonly string[],
  requestId: string,
  reason: Reason,
): readonly Proposition[] {
  return withContents(decideFallbacks(caller.ruleset, placements, requestId, reason), caller.ruleset);
}
