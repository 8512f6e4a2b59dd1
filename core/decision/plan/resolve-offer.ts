import type { DecisionInputs, Standing } from '../decision-inputs.ts';
import type { Languages } from '../experiment-effect.ts';
import type { Candidate, OfferTouch } from './candidate.ts';
import { type Say, strongerSay } from './say.ts';

/** What experiments make of an offer for one person. */
export interface ResolvedOffer {
  readonly rule: number;
  readonly languages: Languages | null;
  readonly isHidden: boolean;
  readonly isHeld: boolean;
  /** Stands in its place. */
  readonly instead: Candidate | null;
  /** Of experiments on the offer. */
  readonly say: Say | null;
  /** Of an experiment on a segment, where its variants differ for this person: whoever is shut out by it is told too. */
  readonly ruleSay: Say | null;
}

export function resolveOffer({ touches, rule, languages }: Candidate, inputs: DecisionInputs): ResolvedOffer {
  const resolved = {
    rule,
    languages,
    isHidden: false,
    isHeld: false,
    instead: null as Candidate | null,
    say: null as Say | null,
    ruleSay: null as Say | null,
  };
  let isChanged = false;
  let isRuled = false;
  for (const touch of touches ?? []) {
    const { changes, isOnSegment } = touch;
    const standing = inputs.standing(touch.experiment);
    if (standing === null) continue;
    if (standing.is === 'held') {
      // Who is kept out of a segment's test has the segment that is configured.
      if (isOnSegment) continue;
      resolved.isHeld = true;
      resolved.say = strongerSay(resolved.say, heldSay(touch));
      continue;
    }
    const change = changes[standing.variant];
    if (change === undefined) continue;
    const say = sayOf(touch, standing);
    if (isOnSegment) {
      if (change.use === 'rule' && !isRuled) {
        isRuled = true;
        resolved.rule = change.rule;
      }
      if (differs(touch, rule, inputs.members)) resolved.ruleSay = strongerSay(resolved.ruleSay, say);
      continue;
    }
    if (isChanged) continue;
    isChanged = change.use !== 'default';
    resolved.say = strongerSay(resolved.say, say);
    if (change.use === 'nothing') resolved.isHidden = true;
    if (change.use === 'offer') resolved.instead = change.instead;
    if (change.use === 'content') resolved.languages = change.languages;
  }
  return resolved;
}

function sayOf(
  { says }: OfferTouch,
  { variant, isForced, isCounted }: Extract<Standing, { readonly is: 'variant' }>,
): Say {
  const say = says[variant] as Say;
  return isCounted && !isForced ? say : { ...say, isForced, isCounted };
}

function heldSay({ experiment, isOnSegment }: OfferTouch): Say {
  const on = isOnSegment ? 'segment' : 'offer';
  return { experiment, variant: -1, isForced: false, isCounted: false, givesContent: false, on };
}

/** Whether the variants do not all let this person in, or all keep them out. */
function differs({ changes }: OfferTouch, rule: number, members: Uint8Array): boolean {
  const isIn = (position: number) => position < 0 || members[position] === 1;
  const first = changes.map((change) => isIn(change.use === 'rule' ? change.rule : rule));
  return first.some((each) => each !== first[0]);
}
