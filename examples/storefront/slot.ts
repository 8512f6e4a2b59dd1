import { type Html, html, trusted } from './html.ts';
import { type DecideResponse, propositionOf } from './selvedge-client.ts';

/**
 * A place for an offer, filled at the edge. `data-selvedge-rendered` tells the browser SDK what already stands there, so that the same
 * answer again changes nothing on the page. Without an answer the shop's own content stands in.
 */
export function slot(answer: DecideResponse | null, placement: string, className: string, own: Html): Html {
  const proposition = propositionOf(answer, placement);
  const content = typeof proposition?.content === 'string' ? trusted(proposition.content) : own;
  return html`<div class="${className}" data-testid="${placement}" data-selvedge="${placement}" data-selvedge-rendered="${
    proposition?.offer ?? 'fallback'
  }" data-selvedge-proposition="${proposition?.id ?? ''}">${content}</div>`;
}
