import { withoutContents } from '../../../core/decision/contents.ts';
import type { InteractAnswer, MembershipChange } from '../../../core/interaction/command.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';

/** For a caller who holds the ruleset that decided. */
export function bareAnswer(answer: InteractAnswer): InteractAnswer {
  return answer.propositions.length === 0
    ? answer
    : { ...answer, bare: true, propositions: withoutContents(answer.propositions) };
}

/** The changes that the site may see. */
export function publicOnly(changes: readonly MembershipChange[], ruleset: LoadedRuleset): readonly MembershipChange[] {
  const open = new Set(ruleset.segmentInfo.filter((info) => info.public).map((info) => info.id));
  return changes
    .filter((change) => open.has(change.segment))
    .map(({ segment, status, since }) => ({ segment, status, since }));
}
