import type { VisitorAct } from './recommend/visitor.ts';

/** What a recommender reads of events: which act they are, and where they name the item. `isList`: several. */
export const ITEM_EVENTS = {
  'product.viewed': { act: 'viewed', item: ['productId'], isList: false },
  'cart.added': { act: 'carted', item: ['productId'], isList: false },
  'cart.removed': { act: 'uncarted', item: ['productId'], isList: false },
  'order.placed': { act: 'bought', item: ['items', 'productId'], isList: true },
} as const satisfies Readonly<
  Record<string, { readonly act: VisitorAct; readonly item: readonly string[]; readonly isList: boolean }>
>;
export type ItemEventType = keyof typeof ITEM_EVENTS;

/** Any of these says that it was for somebody else: `gift: true`, or a note to go with it. */
export const GIFT_FIELDS = ['gift', 'giftNote'] as const;

export function isItemEvent(type: string): type is ItemEventType {
  return Object.hasOwn(ITEM_EVENTS, type);
}

/** Whether the value of a gift field says so. */
export function saysGift(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.trim() !== '');
}
