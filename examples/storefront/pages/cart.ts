import { garmentSvg } from '../art/garment-svg.ts';
import { addToBag, type BagLine, bagCookie, bagCount, bagTotals, removeFromBag } from '../bag.ts';
import { findProduct, formatPrice, parseSize, productData } from '../catalogue.ts';
import { giftNote, giftWrapOf } from '../gift-wrap.ts';
import { type Html, html, trusted } from '../html.ts';
import { CATEGORIES } from '../product.ts';
import { finish, redirect, type Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';
import { recentTray } from './product-card.ts';
import { spotlight } from './spotlight.ts';

function bagLine({ product, size, quantity }: BagLine): Html {
  return html`<li class="line" data-testid="bag-line"><a class="line__picture" href="/product/${product.id}" tabindex="-1" aria-hidden="true">${trusted(garmentSvg(product, null))}</a>
<div class="line__text"><a href="/product/${product.id}">${product.name}</a><p>${CATEGORIES[product.category].name} · size ${size}${quantity > 1 && ` · ${quantity} pieces`}</p>
<form method="post" action="/cart/remove" data-remove-from-cart><input type="hidden" name="productId" value="${product.id}"><input type="hidden" name="size" value="${size}">
<button class="linkish" data-testid="remove-${product.id}-${size}">Remove</button></form></div>
<p class="line__price">${formatPrice(product.priceCents * quantity)}</p></li>`;
}

export async function cart(visit: Visit): Promise<Response> {
  const filling = await fillPage(visit, { placements: ['gift-wrap', 'spotlight', 'recently-viewed'] });
  const { subtotalCents, deliveryCents } = bagTotals(visit.bag);
  const wrap = giftWrapOf(filling.answer);
  const filled = html`<div class="bagpage"><ul class="lines">${visit.bag.map(bagLine)}</ul>
<div class="summary"><h2>Summary</h2><dl><div><dt>Bag</dt><dd>${formatPrice(subtotalCents)}</dd></div><div><dt>Delivery</dt><dd>${deliveryCents ? formatPrice(deliveryCents) : 'Free'}</dd></div>
<div class="summary__total"><dt>Total</dt><dd data-testid="bag-total">${formatPrice(subtotalCents + deliveryCents)}</dd></div></dl>
${giftNote(filling.way, wrap, 'summary__gift')}
<a class="button button--wide" href="/checkout" data-testid="to-checkout">To the checkout</a><a class="quiet" href="/" data-testid="leave-cart">Keep looking around</a></div></div>`;
  const empty = html`<p>Nothing in here yet.</p><a class="button" href="/">Look around</a>`;
  const main = html`<section class="wrap section section--first" data-testid="bag"><h1>Your bag</h1>${visit.bag.length ? filled : empty}</section>${spotlight(filling)}${recentTray(filling)}`;
  return sendPage(visit, {
    title: 'Your bag',
    pageType: 'cart',
    main,
    filling,
    ways: { 'gift-wrap': filling.way, spotlight: filling.way, 'recently-viewed': filling.way },
  });
}

/** Add and remove. Scripts get JSON and tell Selvedge with the SDK, once it has happened; without scripts the browser goes to the bag. */
export async function changeCart(visit: Visit, change: 'add' | 'remove'): Promise<Response> {
  const form = await visit.request.formData();
  const product = findProduct(String(form.get('productId')));
  const size = parseSize(form.get('size'));
  if (!product || !size) return redirect(visit, '/cart');
  const bag = change === 'add' ? addToBag(visit.bag, product, size) : removeFromBag(visit.bag, product, size);
  const removed = visit.bag.find((line) => line.product === product && line.size === size)?.quantity ?? 0;
  visit.outgoing.set('bag', await bagCookie(bag, visit.env, visit.nowMs));
  if (!visit.request.headers.get('accept')?.includes('application/json')) return redirect(visit, '/cart');
  const quantity = change === 'add' ? 1 : removed;
  return finish(
    visit,
    Response.json(
      { count: bagCount(bag), item: { ...productData(product), size, quantity } },
      { headers: { 'cache-control': 'no-store' } },
    ),
  );
}
