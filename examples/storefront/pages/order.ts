import { garmentSvg } from '../art/garment-svg.ts';
import { findProduct, formatPrice } from '../catalogue.ts';
import { type Html, html, trusted } from '../html.ts';
import { type Receipt, readReceipt } from '../receipt.ts';
import type { Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';
import { missing } from './missing.ts';

/** What the answer to the order said, kept with the receipt: nothing here was asked for afterwards. */
function sameAnswer({ stripBefore, stripAfter, left, answered }: Receipt): Html {
  const strip = (offer: string | null): Html => (offer ? html`<code>${offer}</code>` : html`the fallback`);
  const said = answered
    ? html`<ul><li>Strip before the order: <span data-testid="strip-before">${strip(stripBefore)}</span></li><li>Strip in the answer to it: <span data-testid="strip-after">${strip(stripAfter)}</span></li>
<li>Segments left: <span data-testid="segments-left">${left.length ? left.map((segment) => html`<code>${segment}</code> `) : 'none'}</span></li></ul>`
    : html`<p>Selvedge did not answer in time. The order stands; it is told again in the background.</p>`;
  return html`<div class="aside" data-testid="order-answer"><h2>In the same answer</h2><p>For the demo: the shop told Selvedge of the order in one request. That request’s answer already said:</p>${said}</div>`;
}

export async function order(visit: Visit, orderId: string): Promise<Response> {
  const receipt = await readReceipt(visit);
  if (!receipt || receipt.orderId !== orderId) return missing(visit);
  const filling = await fillPage(visit);
  const items = receipt.items.map(([id, size, quantity]) => ({ product: findProduct(id), size, quantity }));
  const main = html`<section class="wrap section section--first narrow" data-testid="order-confirmation"><p class="eyebrow">Order <span data-testid="order-id">${receipt.orderId}</span></p>
<h1>Thank you${visit.session && html`, ${visit.session.firstName}`}.</h1><p>It is ${formatPrice(receipt.totalCents)} altogether${receipt.giftWrap && ', wrapped as a gift'}, and on its way the moment this shop exists.</p>
<div class="bought">${items.map(({ product, size, quantity }) => product && html`<figure>${trusted(garmentSvg(product, null))}<figcaption>${quantity} × ${product.name}, ${size}</figcaption></figure>`)}</div>
${receipt.giftNote && html`<blockquote class="note" data-testid="order-note">${receipt.giftNote}</blockquote>`}
${sameAnswer(receipt)}<a class="button" href="/">Back to the shop</a></section>`;
  return sendPage(visit, { title: 'Thank you', pageType: 'order', main, filling, ways: { 'the order': 'http' } });
}
