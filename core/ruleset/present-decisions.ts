import type { FormerDecisionsPart } from './former-decisions.ts';
import type { DecisionsPart } from './manifest.ts';

/** The present form of a part that may have been published long ago. */
export function presentDecisions(part: DecisionsPart | FormerDecisionsPart): DecisionsPart {
  if (part.format === 2) return part;
  const kinds = new Map(part.placements.map(({ id, kind }) => [id, kind]));
  return {
    format: 2,
    placements: part.placements.map(({ fallback, ...placement }) => ({
      ...placement,
      caps: [],
      fallback: { value: fallback },
    })),
    offers: part.offers.map(({ content, ...offer }) => ({
      ...offer,
      caps: [],
      suppression: [],
      contents: Object.fromEntries(
        offer.placements.flatMap((placement) => {
          const kind = kinds.get(placement);
          return kind ? [[kind, { '': { value: content } }]] : [];
        }),
      ),
    })),
    rankers: [],
    experiments: { format: 1, holdout: null, experiments: [] },
    effects: [],
    strategies: [],
  };
}
