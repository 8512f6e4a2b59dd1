import { withContents, withoutContents } from '../../../core/decision/contents.ts';
import type { InteractAnswer, MembershipChange } from '../../../core/interaction/command.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';

/** For a caller who holds the ruleset that decided. */
export function bareAnswer(answer: InteractAnswer): InteractAnswer {
  return answer.propositions.length === 0
    ? answer
    : { ...answer, bare: true, propositions: withoutContents(answer.propositions) };
}

/** For a caller who holds another one, or none. */
export function wholeAnswer(answer: InteractAnswer, ruleset: LoadedRuleset): InteractAnswer {
  return { ...answer, propositions: withContents(answer.propositions, ruleset) };
}

/** The changes that the site may see. */
export function publicOnly(changes: readonly MembershipChange[], ruleset: LoadedRuleset): readonly MembershipChange[] {
  const open = new Set(ruleset.segmentInfo.filter((info) => info.public).map((info) => info.id));
  return changes
    .filter((change) => open.has(change.segment))
    .map(({ segment, status, since }) => ({ segment, status, since }));
}
