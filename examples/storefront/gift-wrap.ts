import { type DecideResponse, propositionOf } from './selvedge-client.ts';

/** What gift wrapping costs this customer. Decided by Selvedge, charged by the shop: the page is never asked. */
export interface GiftWrap {
  readonly priceCents: number;
  readonly note: string | null;
}

const USUAL: GiftWrap = { priceCents: 4_50, note: null };

export function giftWrapOf(answer: DecideResponse | null): GiftWrap {
  const content = propositionOf(answer, 'gift-wrap')?.content;
  if (typeof content !== 'object' || content === null || !('priceCents' in content)) return USUAL;
  const { priceCents, note } = content;
  if (typeof priceCents !== 'number' || priceCents < 0) return USUAL;
  return { priceCents, note: typeof note === 'string' ? note : null };
}
