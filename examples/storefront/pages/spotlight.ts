import { type Html, html } from '../html.ts';
import { type Filling, slot } from '../slot.ts';

/** A thing looked at before, until it is bought or waved away. Empty when there is none, and then takes no room. */
export function spotlight(filling: Filling): Html {
  return html`<div class="wrap">${slot(filling, 'spotlight', 'spotlight', html``)}</div>`;
}
