import type { Experiment } from '../../experiment/experiment.ts';
import type { Offer } from '../offer.ts';
import type { Placement } from '../placement.ts';

type Uses = ReadonlyMap<string, ReadonlySet<string>>;

/** Where experiments put offers and rankers beside where these are anyway: placements by id of an offer, and by id of a ranker. */
export interface ExperimentUse {
  readonly offers: Uses;
  readonly rankers: Uses;
}

/** Drafts put nothing anywhere. */
export function experimentUse(
  experiments: readonly Experiment[],
  offers: readonly Offer[],
  placements: readonly Placement[],
): ExperimentUse {
  const used = { offers: new Map<string, Set<string>>(), rankers: new Map<string, Set<string>>() };
  const use = (of: Map<string, Set<string>>, id: string, where: readonly string[]): void => {
    const known = of.get(id) ?? new Set();
    for (const placement of where) known.add(placement);
    of.set(id, known);
  };
  const placementsOf = ({ kind, id }: Experiment['on']): readonly string[] => {
    if (kind === 'placement') return [id];
    if (kind === 'offer') return offers.find((offer) => offer.id === id)?.placements ?? [];
    return kind === 'ranker' ? placements.flatMap((each) => (each.ranker === id ? [each.id] : [])) : [];
  };
  for (const { status, on, variants } of experiments) {
    if (status === 'draft') continue;
    const where = placementsOf(on);
    for (const { value } of variants) {
      if (value.use === 'offer') use(used.offers, value.id, where);
      if (value.use === 'ranker') use(used.rankers, value.id, where);
    }
  }
  return used;
}
