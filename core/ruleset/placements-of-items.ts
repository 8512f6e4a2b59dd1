import type { CompiledContent } from '../decision/content/compiled-content.ts';
import type { DecisionsPart } from './manifest.ts';

/** Placements whose offers are ranked by recommendations, or show items. What experiments put in their place is not looked at. */
export function placementsOfItems({
  placements,
  offers,
  rankers,
}: Pick<DecisionsPart, 'placements' | 'offers' | 'rankers'>): ReadonlySet<string> {
  const recommending = new Set(rankers.flatMap(({ id, method }) => (method === 'recommendation' ? [id] : [])));
  const found = new Set<string>();
  for (const { id, ranker, fallback } of placements) {
    if ((ranker !== undefined && recommending.has(ranker)) || showsItems(fallback)) found.add(id);
  }
  for (const { placements: where, contents } of offers) {
    const shows = Object.values(contents).some((languages) => Object.values(languages ?? {}).some(showsItems));
    if (shows) for (const placement of where) found.add(placement);
  }
  return found;
}

function showsItems({ reads = [] }: CompiledContent): boolean {
  return reads.some((path) => /^items?(?:\.|$)/.test(path));
}
