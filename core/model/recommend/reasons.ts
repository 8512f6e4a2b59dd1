/** Why an item is in the list. Closed: texts for operators and visitors are keyed by it. */
export const RECOMMENDED_BECAUSE = [
  'recentlyViewed',
  'viewedTogether',
  'boughtTogether',
  'similar',
  'popular',
  'bestSelling',
  'trending',
  'picked',
] as const;
export type RecommendedBecause = (typeof RECOMMENDED_BECAUSE)[number];

/** Why a candidate is not in the list; the first rule that it breaks counts. Closed. */
export const LEFT_OUT_BECAUSE = [
  'notInCatalogue',
  'current',
  'repeated',
  'sameProduct',
  'unavailable',
  'bought',
  'inCart',
  'viewed',
  'excluded',
  'category',
  'brand',
  'attribute',
  'price',
  'categoryFull',
  'brandFull',
] as const;
export type LeftOutBecause = (typeof LEFT_OUT_BECAUSE)[number];

/** Why a list is shorter than the strategy wants, the most telling one. Closed. */
export const SHORT_BECAUSE = ['noKeys', 'noCandidates', 'filtered', 'diversity'] as const;
export type ShortBecause = (typeof SHORT_BECAUSE)[number];
