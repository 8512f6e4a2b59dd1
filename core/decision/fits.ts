import { chooseContent } from './choose-content.ts';
import type { DecisionInputs } from './decision-inputs.ts';
import type { Languages } from './experiment-effect.ts';
import type { Candidate, CandidateCaps } from './plan/candidate.ts';
import type { Rejection } from './proposition.ts';

/**
 * Why an offer is out, whatever else is in the answer; null: it fits. Reasons in the order of this function, the first one counts. `rule`, `languages`: its own, or
 * those that an experiment gives it. `isPlacementCapped`: the placement takes nothing at all.
 */
export function rejectionOf(
  candidate: Candidate,
  rule: number,
  languages: Languages | null,
  inputs: DecisionInputs,
  isPlacementCapped: boolean,
): Rejection | null {
  const { now, members } = inputs;
  if (languages === null) return 'noContent';
  if (now < candidate.from) return 'notYet';
  if (now >= candidate.until) return 'over';
  if (inputs.state > candidate.requires) return 'authState';
  if ((inputs.consented & candidate.purposeBit) === 0) return 'consent';
  if (rule >= 0 && members[rule] !== 1) return 'notInAudience';
  if (candidate.isPlain && languages === candidate.languages) return isPlacementCapped ? 'placementCapped' : null;
  if (candidate.suppression !== null && !areTrue(candidate.suppression, members)) return 'suppressed';
  if (candidate.caps !== null && isCapped(candidate.caps, inputs)) return 'capped';
  if (isPlacementCapped) return 'placementCapped';
  if (candidate.isBudgeted && inputs.lease(candidate.id) <= 0) return 'budgetSpent';
  return lacksValue(candidate, languages, inputs) ? 'missingValue' : null;
}

/** Whether caps let nothing more through, before this answer. */
export function isCapped({ rules, counts }: CandidateCaps, inputs: DecisionInputs): boolean {
  if (rules !== null && !areTrue(rules, inputs.members)) return true;
  return counts?.some((counted) => inputs.counted(counted) >= counted.cap.decisions) ?? false;
}

function areTrue(rules: readonly number[], members: Uint8Array): boolean {
  for (const rule of rules) if (members[rule] !== 1) return false;
  return true;
}

function lacksValue(candidate: Candidate, languages: Languages, inputs: DecisionInputs): boolean {
  if (!candidate.needsValues && languages === candidate.languages) return false;
  return lacksNeeded(languages, candidate.offer.item ?? null, inputs);
}

/** Whether the content for this visitor needs a value that is not there. */
export function lacksNeeded(languages: Languages, item: string | null, inputs: DecisionInputs): boolean {
  const needs = chooseContent(languages, inputs.languages)?.content.needs ?? [];
  return needs.some((path) => !inputs.hasValue(path, item));
}
