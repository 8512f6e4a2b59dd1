import type { DecisionInputs } from '../decision-inputs.ts';
import type { Languages } from '../experiment-effect.ts';
import type { Candidate } from './candidate.ts';
import type { PlacementPlan } from './decision-plan.ts';
import type { Order } from './order.ts';
import { type Say, strongerSay } from './say.ts';

/** What the experiments on a placement and on its ranker make of it for one person. Of two that change the same, the first counts. */
export interface ResolvedPlacement {
  /** Kept out: the fallback. */
  readonly isHeld: boolean;
  /** The variant is the fallback. */
  readonly isNothing: boolean;
  /** The variant shows this, whatever offers there are. */
  readonly content: Languages | null;
  readonly only: Candidate | null;
  readonly order: Order | null;
  readonly say: Say | null;
}

export const AS_CONFIGURED: ResolvedPlacement = {
  isHeld: false,
  isNothing: false,
  content: null,
  only: null,
  order: null,
  say: null,
};

export function resolvePlacement({ touches }: PlacementPlan, inputs: DecisionInputs): ResolvedPlacement {
  if (touches === null) return AS_CONFIGURED;
  const resolved = { ...AS_CONFIGURED };
  let isChanged = false;
  for (const { experiment, changes, isOnRanker } of touches) {
    const standing = inputs.standing(experiment);
    if (standing === null) continue;
    const on = isOnRanker ? 'ranker' : 'placement';
    const told = { experiment, on, givesContent: false } as const;
    if (standing.is === 'held') {
      // Who is kept out of a ranker's test has the ranker that is configured.
      if (isOnRanker) continue;
      resolved.isHeld = true;
      resolved.say = strongerSay(resolved.say, { ...told, variant: -1, isForced: false, isCounted: false });
      continue;
    }
    const change = changes[standing.variant];
    if (change === undefined) continue;
    const takes = change.use === 'ranker' ? resolved.order === null : !isChanged;
    if (!takes) continue;
    const givesContent = change.use === 'content' && change.languages !== null;
    resolved.say = strongerSay(resolved.say, { ...standing, ...told, givesContent });
    if (change.use === 'ranker') resolved.order = change.order;
    else if (change.use !== 'default') isChanged = true;
    if (change.use === 'nothing') resolved.isNothing = true;
    if (change.use === 'offer') resolved.only = change.only;
    if (change.use === 'content') {
      resolved.content = change.languages;
      resolved.isNothing = change.languages === null;
    }
  }
  return resolved;
}
