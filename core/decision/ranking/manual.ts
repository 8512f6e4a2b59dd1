import type { RankerOf, Ranking } from './ranking.ts';

/** The order that an operator wrote down; who is not in it comes after, by priority. */
export function rankManually({ order }: RankerOf<'manual'>): Ranking {
  const places = new Map(order.map((offer, place) => [offer, order.length - place]));
  return { is: 'static', rank: ({ id }) => places.get(id) ?? 0 };
}
