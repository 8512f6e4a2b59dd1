import type { RankerOf, Ranking } from './ranking.ts';

/** By the place of an offer's item in what a strategy recommends to the visitor. Without an item, or not recommended: last. */
export function rankByRecommendation({ strategy }: RankerOf<'recommendation'>): Ranking {
  return {
    is: 'scored',
    score: (subject, fitting) => {
      const items = subject.recommend(strategy);
      const places = new Map(items.map((item, place) => [item, place]));
      return {
        scores: fitting.map(({ item }) => {
          const place = item === undefined ? undefined : places.get(item);
          return place === undefined ? null : items.length - place;
        }),
      };
    },
  };
}
