import type { Consequence } from './consequence.ts';
import type { ContentResource, ResourceChange } from './content-diff.ts';

/** Offers that can appear nowhere any more, and placements that have nothing left to show. Only what changes by this. */
export function placingConsequences(
  changes: readonly ResourceChange[],
  before: readonly ContentResource[],
  after: readonly ContentResource[],
): readonly Consequence[] {
  if (!changes.some(({ kind }) => kind === 'offer' || kind === 'placement')) return [];
  const [was, is] = [placing(before), placing(after)];
  const homeless = [...is.offers].flatMap(([id, places]): readonly Consequence[] => {
    const former = was.offers.get(id) ?? [];
    if (places.length > 0 || former.length === 0) return [];
    const which = former.length === 1 ? `its only placement ${former[0]}` : `all its placements (${former.join(', ')})`;
    const sentence = `Offer ${id} loses ${which}: nobody sees it any more.`;
    return [{ code: 'offerWithoutPlacement', about: { kind: 'offer', id }, data: { placements: former }, sentence }];
  });
  const empty = [...is.placements].flatMap(([id, offers]): readonly Consequence[] => {
    const former = was.placements.get(id) ?? [];
    if (offers.length > 0 || former.length === 0) return [];
    const which = former.length === 1 ? `its only offer ${former[0]}` : `all its offers (${former.join(', ')})`;
    const sentence = `Placement ${id} loses ${which}: it shows its fallback.`;
    return [{ code: 'placementWithoutOffers', about: { kind: 'placement', id }, data: { offers: former }, sentence }];
  });
  return [...homeless, ...empty];
}

interface Placing {
  /** Offer → placements that there are. */
  readonly offers: ReadonlyMap<string, readonly string[]>;
  readonly placements: ReadonlyMap<string, readonly string[]>;
}

function placing(content: readonly ContentResource[]): Placing {
  const placements = new Map<string, string[]>(
    content.flatMap(({ kind, id }) => (kind === 'placement' ? [[id, []] as const] : [])),
  );
  const offers = new Map<string, readonly string[]>();
  for (const { kind, id, body } of content) {
    if (kind !== 'offer') continue;
    const named = Array.isArray(body.placements) ? body.placements.map(String) : [];
    const there = named.filter((place) => placements.has(place));
    offers.set(id, there);
    for (const place of there) placements.get(place)?.push(id);
  }
  return { offers, placements };
}
