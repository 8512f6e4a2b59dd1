import { type Html, html, trusted } from './html.ts';
import { type DecideResponse, propositionOf } from './selvedge-client.ts';
import type { Way } from './ways.ts';

/** Who fills the places of a page: this server from an answer it has, `personalize()` on the way out, or the SDK in the browser. */
export interface Filling {
  readonly way: Way;
  /** Null: no answer in time, or not this server's work. */
  readonly answer: DecideResponse | null;
}

/**
 * A place for an offer. `data-selvedge-rendered` tells the browser SDK what already stands there, so that the same answer again changes nothing on
 * the page. Without an answer the shop's own content stands in.
 */
export function slot({ way, answer }: Filling, placement: string, className: string, own: Html): Html {
  if (way !== 'rpc')
    return html`<div class="${className}" data-testid="${placement}" data-selvedge="${placement}" data-way="${way}">${own}</div>`;
  const proposition = propositionOf(answer, placement);
  const content = typeof proposition?.content === 'string' ? trusted(proposition.content) : own;
  return html`<div class="${className}" data-testid="${placement}" data-selvedge="${placement}" data-way="rpc" data-selvedge-rendered="${
    proposition?.offer ?? 'fallback'
  }" data-selvedge-proposition="${proposition?.id ?? ''}">${content}</div>`;
}
