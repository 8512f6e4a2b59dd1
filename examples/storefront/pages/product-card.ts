import { garmentSvg } from '../art/garment-svg.ts';
import { findProduct, formatPrice } from '../catalogue.ts';
import { type Html, html, trusted } from '../html.ts';
import { CATEGORIES, type Product } from '../product.ts';
import type { DecideResponse } from '../selvedge-client.ts';
import type { Filling } from '../slot.ts';

export function productCard(product: Product): Html {
  return html`<a class="card" href="/product/${product.id}" data-testid="product-${product.id}">
<span class="card__picture">${trusted(garmentSvg(product, null))}</span>
<span class="card__name">${product.name}</span><span class="card__price">${formatPrice(product.priceCents)}</span>
<span class="card__category">${CATEGORIES[product.category].name}</span></a>`;
}

export function productGrid(products: readonly Product[]): Html {
  return html`<div class="grid">${products.map(productCard)}</div>`;
}

/** Ids of everything this person ever ordered: the measure `bought`. */
export function boughtIds(answer: DecideResponse | null): ReadonlySet<unknown> {
  const orders = answer?.profile?.measures.bought;
  return new Set(Array.isArray(orders) ? orders.flat() : []);
}

/** What this person looked at last and has not bought, whichever browser it was. */
export function recentProducts(answer: DecideResponse | null, leaveOut: string | null): readonly Product[] {
  const bought = boughtIds(answer);
  return (answer?.recent ?? [])
    .map((item) => findProduct(item.productId))
    .filter((product) => product !== null && product.id !== leaveOut && !bought.has(product.id))
    .slice(0, 6) as readonly Product[];
}

/** Nothing seen yet: no tray. In the SDK's mode the browser draws it. */
export function recentTray({ way, answer }: Filling, leaveOut: string | null): Html {
  if (way === 'sdk') return html`<div data-recent data-way="rpc" data-without="${leaveOut ?? ''}"></div>`;
  const products = recentProducts(answer, leaveOut);
  if (products.length === 0) return html``;
  return html`<section class="wrap section" data-testid="recently-viewed" data-way="rpc"><h2>Recently viewed</h2>
<div class="tray">${products.map(productCard)}</div></section>`;
}
