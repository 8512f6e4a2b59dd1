/** How an item can be had. What is `out_of_stock` is never recommended. */
export const AVAILABILITIES = ['in_stock', 'preorder', 'backorder', 'out_of_stock'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** Money in the smallest unit of its currency (cents; whole yen). */
export interface Price {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** One thing that can be recommended. Its id is the `productId` of events. */
export interface Item {
  readonly id: string;
  readonly title: string;
  /** http, https or a path of the site. */
  readonly url: string;
  readonly image: string | null;
  readonly price: Price;
  /** Below `price`. */
  readonly salePrice?: Price;
  readonly availability: Availability;
  /** From the widest to the narrowest; empty: in none. */
  readonly category: readonly string[];
  readonly brand: string | null;
  /** By name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Variants of one product (sizes, colours) share it. */
  readonly groupId: string | null;
}

/** What is paid today, in minor units. */
export function currentAmount(item: Item): number {
  return item.salePrice?.amount ?? item.price.amount;
}
