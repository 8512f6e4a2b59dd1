import { type Html, html } from './html.ts';
import { type DecideResponse, propositionOf } from './selvedge-client.ts';
import type { Way } from './ways.ts';

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

/** What the offer says about it. In the SDK's mode the browser asks for the placement and puts price and note where they belong. */
export function giftNote(way: Way, { note }: GiftWrap, className: string): Html {
  if (way === 'sdk')
    return html`<p class="${className}" data-testid="gift-wrap-note" data-selvedge="gift-wrap" data-selvedge-json="halden:gift-wrap" data-way="sdk" hidden></p>`;
  return html`${note !== null && html`<p class="${className}" data-testid="gift-wrap-note" data-way="rpc">${note}</p>`}`;
}
