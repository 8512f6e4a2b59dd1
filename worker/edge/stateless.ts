import { withContents } from '../../core/decision/contents.ts';
import { decideFallbacks } from '../../core/decision/decide.ts';
import type { Proposition, Reason } from '../../core/decision/proposition.ts';
import { type Asking, decideFor } from '../../core/interaction/decide-for.ts';
import type { Caller } from '../http/caller.ts';

/** What strangers may say of themselves: the request's context, languages and preview count for them too. */
export type AskingStranger = Omit<Asking, 'profile' | 'defaultConsent' | 'include' | 'leases'>;

/** Answers for somebody about whom nothing is known: the same rules over an empty profile, no object, nothing stored. */
export function decideForStranger(caller: Caller, asking: AskingStranger): readonly Proposition[] {
  if (asking.placements.length === 0) return [];
  const command = { ...asking, defaultConsent: caller.source.defaultConsent, include: { trace: false } };
  const { propositions } = decideFor(null, null, 'anonymous', command, caller.ruleset, false);
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
