import type { DecisionRules } from './decision-rules.ts';
import { type OfferTrace, REJECTIONS } from './proposition.ts';

/** One candidate of a placement, for an operator. */
export interface ExplainedOffer {
  readonly placement: string;
  readonly offer: string;
  readonly name: string;
  readonly won: boolean;
  /** One sentence. */
  readonly why: string;
  readonly score?: number;
}

/** The trace of a decision, or of a receipt that was replayed, in words: who won first, then the others in the order of their ranker. */
export function explainOffers(
  trace: readonly OfferTrace[],
  rules: Pick<DecisionRules, 'offers'>,
): readonly ExplainedOffer[] {
  const places = [...new Set(trace.map(({ placement }) => placement))];
  return trace
    .map(({ placement, offer, rejection, score }): ExplainedOffer => {
      const why = rejection === null ? 'it fits, and nothing that fits is ranked higher' : REJECTIONS[rejection];
      const name = rules.offers.get(offer)?.name ?? offer;
      const won = rejection === null;
      return { placement, offer, name, won, why, ...(score !== undefined && { score }) };
    })
    .sort((a, b) => places.indexOf(a.placement) - places.indexOf(b.placement) || Number(b.won) - Number(a.won));
}
