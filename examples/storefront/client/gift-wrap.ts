import { watchDecisions } from './decisions.ts';

interface GiftWrapDecision {
  readonly content: { readonly priceCents?: unknown; readonly note?: unknown } | null;
}

/** In the SDK's mode: shows what the offer says. What is charged is decided again on the server. */
export function watchGiftWrap(): void {
  watchDecisions('halden:gift-wrap', (event) => {
    const { content } = (event as CustomEvent<GiftWrapDecision>).detail;
    const isFree = content?.priceCents === 0;
    for (const note of document.querySelectorAll<HTMLElement>('[data-selvedge="gift-wrap"]')) {
      note.textContent = typeof content?.note === 'string' ? content.note : '';
      note.hidden = note.textContent === '';
    }
    for (const price of document.querySelectorAll('[data-gift-wrap-price]')) if (isFree) price.textContent = 'free';
  });
}
