import type { Expression } from '../../segment/language/expression.ts';
import { didYouMean } from '../../segment/nearest-name.ts';
import type { CompiledRanker } from '../compiled.ts';
import type { Offer } from '../offer.ts';
import type { Placement } from '../placement.ts';
import type { Ranker } from '../ranker.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionProblem, DecisionProblemCode } from './decision-problem.ts';
import type { ExperimentUse } from './experiment-use.ts';
import type { HiddenRules } from './hidden-rules.ts';
import { formulaFor, formulaProblem } from './offer-formula.ts';

/** A ranker before the program is there. `cellOf`: position of the value of a measure or of a hidden one, by id. */
export type PlannedRanker = (cellOf: (id: string) => number) => CompiledRanker;

/** Something to check the formula of a ranker with that no placement uses. */
const ANY_OFFER: Offer = {
  id: 'any',
  name: 'any',
  placements: [],
  priority: 0,
  purpose: 'personalization',
  requires: 'anonymous',
  content: null,
  tags: ['any'],
  item: 'any',
};

/** Formulas become values of the program: one for each offer that the ranker may have to rank, of that offer's purpose. */
export function planRanker(ranker: Ranker, offers: readonly Offer[], values: HiddenRules): PlannedRanker {
  if (ranker.method === 'affinity') {
    const { id, name, measure } = ranker;
    return (cellOf) => ({ id, name, method: 'affinity', cell: cellOf(measure) });
  }
  if (ranker.method !== 'formula') return () => ranker;
  const { id, name, expression } = ranker;
  const ids = planCells(ranker.id, expression, offers, values);
  return (cellOf) => ({
    id,
    name,
    method: 'formula',
    cells: Object.fromEntries(ids.map(([offer, value]) => [offer, cellOf(value)])),
  });
}

function planCells(
  ranker: string,
  expression: Expression,
  offers: readonly Offer[],
  values: HiddenRules,
): readonly (readonly [string, string])[] {
  if (formulaProblem(expression) !== null) return [];
  const place = { kind: 'ranker', id: ranker, pointer: '/expression' } as const;
  return (offers.length > 0 ? offers : [ANY_OFFER]).flatMap((offer) => {
    const tree = formulaFor(expression, offer);
    if (!tree) return [];
    const value = values.add({ id: `rank:${ranker}:${offer.id}`, tree, purpose: offer.purpose, place });
    return offers.length > 0 ? [[offer.id, value] as const] : [];
  });
}

/** The offers that each ranker may have to rank: those of its placements, and what experiments add to either. */
export function offersByRanker(
  rankers: readonly Ranker[],
  placements: readonly Placement[],
  offers: readonly Offer[],
  experiments: ExperimentUse,
): ReadonlyMap<string, readonly Offer[]> {
  const rankersOf = new Map<string, Set<string>>();
  const use = (placement: string, ranker: string): void => {
    rankersOf.set(placement, (rankersOf.get(placement) ?? new Set()).add(ranker));
  };
  for (const { id, ranker } of placements) if (ranker !== undefined) use(id, ranker);
  for (const [ranker, ids] of experiments.rankers) for (const id of ids) use(id, ranker);
  const found = new Map<string, Offer[]>(rankers.map(({ id }) => [id, []]));
  for (const offer of offers) {
    const appearsIn = [...offer.placements, ...(experiments.offers.get(offer.id) ?? [])];
    const ids = new Set(appearsIn.flatMap((placement) => [...(rankersOf.get(placement) ?? [])]));
    for (const id of ids) found.get(id)?.push(offer);
  }
  return found;
}

/** Everything wrong with a ranker, beside what its formula says of profiles. */
export function rankerProblems(ranker: Ranker, names: DecisionNames): readonly DecisionProblem[] {
  const problem = (pointer: string, code: DecisionProblemCode, detail: string): DecisionProblem => ({
    kind: 'ranker',
    id: ranker.id,
    pointer,
    code,
    detail,
  });
  switch (ranker.method) {
    case 'priority':
      return [];
    case 'formula': {
      const detail = formulaProblem(ranker.expression);
      return detail === null ? [] : [problem('/expression', 'unknownOfferMember', detail)];
    }
    case 'affinity': {
      const { measure } = ranker;
      if (names.content.measures.has(measure)) return [];
      const detail = `There is no measure "${measure}".${didYouMean(measure, names.content.measures.keys())}`;
      return [problem('/measure', 'unknownMeasure', detail)];
    }
    case 'recommendation': {
      const { strategy } = ranker;
      if (names.strategies.has(strategy)) return [];
      const detail = `There is no recommendation strategy "${strategy}".${didYouMean(strategy, names.strategies)}`;
      return [problem('/strategy', 'unknownStrategy', detail)];
    }
    case 'bandit':
      return (ranker.buckets ?? []).flatMap((bucket, i) => {
        if (bucket.startsWith('context.') || names.segments.has(bucket)) return [];
        const detail = `There is no segment "${bucket}".${didYouMean(bucket, names.segments)}`;
        return [problem(`/buckets/${i}`, 'unknownBucket', detail)];
      });
    case 'manual':
      return ranker.order.flatMap((offer, i) => {
        if (names.offers.has(offer)) return [];
        const detail = `There is no offer "${offer}".${didYouMean(offer, names.offers)}`;
        return [problem(`/order/${i}`, 'unknownOffer', detail)];
      });
  }
}
