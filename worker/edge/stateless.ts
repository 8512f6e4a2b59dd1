import { withContents } from '../../core/decision/contents.ts';
import { decideFallbacks, decidePlacements } from '../../core/decision/decide.ts';
import type { DecisionSubject } from '../../core/decision/decision-subject.ts';
import type { Proposition, Reason } from '../../core/decision/proposition.ts';
import { strangerMembers } from '../../core/interaction/decide-for.ts';
import { consentedNow } from '../../core/interaction/presence.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { readPath } from '../../core/lib/json.ts';
import type { PurposeMask } from '../../core/policy/purposes.ts';
import type { Caller } from '../http/caller.ts';

const CONTEXT = 'context.';

/** What a request says about itself: it counts for strangers too. */
export type SaidByRequest = Pick<DecisionSubject, 'context' | 'languages' | 'preview'>;

/** Answers for somebody about whom nothing is known: the same rules over an empty profile, no object, nothing stored. */
export function decideForStranger(
  caller: Caller,
  placements: readonly string[],
  requestId: string,
  now: Instant,
  denied: PurposeMask,
  said: SaidByRequest = {},
): readonly Proposition[] {
  if (placements.length === 0) return [];
  const members = strangerMembers(caller.ruleset, now);
  const consented = consentedNow([], null, caller.source.defaultConsent, denied);
  const { context = {} } = said;
  const publicValue = (path: string) =>
    path.startsWith(CONTEXT) ? readPath(context, path.slice(CONTEXT.length).split('.')) : undefined;
  const subject: DecisionSubject = { ...said, now, state: 'anonymous', consented, members, publicValue };
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
