/** An experiment that changed, or could have changed, what a placement shows. */
export interface Say {
  /** Of the experiment, in the ruleset. */
  readonly experiment: number;
  /** -1: kept out. */
  readonly variant: number;
  /** A preview asked for the variant. */
  readonly isForced: boolean;
  /** False: everybody has it, the experiment is over. */
  readonly isCounted: boolean;
  /** The variant's content is what is shown. */
  readonly givesContent: boolean;
  /** What is varied: the nearer to the offer, the stronger. */
  readonly on: 'ranker' | 'placement' | 'segment' | 'offer';
}

const STRENGTH: Readonly<Record<Say['on'], number>> = { ranker: 0, placement: 1, segment: 2, offer: 3 };

/** A proposition names one experiment: whose content it shows, else the one whose subject is nearest to the offer; of two alike the first. */
export function strongerSay(one: Say | null, other: Say | null): Say | null {
  if (one === null || other === null) return one ?? other;
  if (one.givesContent !== other.givesContent) return one.givesContent ? one : other;
  return STRENGTH[other.on] > STRENGTH[one.on] ? other : one;
}
