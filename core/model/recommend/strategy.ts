/** Which items a source starts from. */
export const ITEM_KEYS = ['currentItem', 'lastViewed', 'mostViewed', 'lastBought', 'cart'] as const;
export type ItemKey = (typeof ITEM_KEYS)[number];
/** Where a source looks. */
export const SCOPE_KEYS = ['site', 'currentCategory', 'favouriteCategory', 'favouriteBrand'] as const;
export type ScopeName = (typeof SCOPE_KEYS)[number];

/** How items are recommended. Its form with its limits is `strategy.schema.ts`; here without zod, because types of the packages lead here. */
export interface RecommendationStrategy {
  readonly id: string;
  /** Asked in this order until the list is full. */
  readonly sources: readonly RecommendationSource[];
  readonly rules?: RecommendationRules | undefined;
  readonly diversity?: Diversity | undefined;
  /** The score is multiplied for each that holds. */
  readonly boosts?: readonly { readonly when: ItemCondition; readonly factor: number }[] | undefined;
  readonly size: number;
}

interface Candidates {
  readonly candidates?: number | undefined;
}

export type RecommendationSource =
  | (Candidates & { readonly use: 'recentlyViewed' })
  | (Candidates & {
      readonly use: 'viewedTogether' | 'boughtTogether' | 'similar';
      readonly key: ItemKey;
      /** How many items of that kind to start from, newest first. Default 1; the cart: all, up to 10. */
      readonly keys?: number | undefined;
    })
  | (Candidates & {
      readonly use: 'popular';
      /** Default: views. */
      readonly by?: 'viewed' | 'bought' | undefined;
      readonly in: ScopeName;
    })
  | (Candidates & { readonly use: 'trending'; readonly in: ScopeName })
  | { readonly use: 'picked'; readonly items: readonly string[] };

export interface ItemCondition {
  /** Inside any of these. */
  readonly categories?: readonly string[] | undefined;
  readonly brands?: readonly string[] | undefined;
  readonly attribute?: { readonly name: string; readonly in: readonly string[] } | undefined;
  readonly onSale?: boolean | undefined;
}

interface WithinDays {
  readonly withinDays: number;
}

interface RecommendationRules {
  /** What may be shown; what is out of stock never is. Default: in stock only. */
  readonly availability?: readonly ('in_stock' | 'preorder' | 'backorder')[] | undefined;
  /** Default true: never what was bought, nor a variant of it. */
  readonly notBought?: boolean | WithinDays | undefined;
  /** Default true. */
  readonly notInCart?: boolean | undefined;
  /** Not what was looked at within so many days. */
  readonly notViewed?: WithinDays | undefined;
  /** Inside any of these. */
  readonly categories?: readonly string[] | undefined;
  /** `key`: the item it was found by, else the current one; `current`: the current item, else the current category. */
  readonly sameCategoryAs?: 'key' | 'current' | undefined;
  readonly brands?: readonly string[] | undefined;
  readonly attributes?:
    | readonly (
        | { readonly name: string; readonly in: readonly string[] }
        | { readonly name: string; readonly sameAsKey: true }
      )[]
    | undefined;
  /** What is paid, in minor units. */
  readonly price?: Bounds | undefined;
  /** In percent of the price of the item it was found by. */
  readonly priceOfKeyPct?: Bounds | undefined;
  readonly exclude?: readonly string[] | undefined;
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

interface Diversity {
  /** By the narrowest category. */
  readonly maxPerCategory?: number | undefined;
  readonly maxPerBrand?: number | undefined;
  /** 1: only relevance; 0: only difference from what was chosen before (maximal marginal relevance). */
  readonly relevance?: number | undefined;
}
