import { garmentSvg } from '../art/garment-svg.ts';
import { findProduct, formatPrice } from '../catalogue.ts';
import { type Fill, type Html, html, trusted } from '../html.ts';
import { CATEGORIES, type Product } from '../product.ts';
import type { DecideResponse } from '../selvedge-client.ts';

export function productCard(product: Product): Html {
  return html`<a class="card" href="/product/${product.id}" data-testid="product-${product.id}">
<span class="card__picture">${trusted(garmentSvg(product, null))}</span>
<span class="card__name">${product.name}</span><span class="card__price">${formatPrice(product.priceCents)}</span>
<span class="card__category">${CATEGORIES[product.category].name}</span></a>`;
}

export function productGrid(products: readonly Product[]): Html {
  return html`<div class="grid">${products.map(productCard)}</div>`;
}

/** The tray of what this person looked at last, whichever browser it was. Nothing seen yet: no tray. */
export function recentTray(answer: DecideResponse | null, leaveOut: string | null): Fill {
  const products = (answer?.recent ?? [])
    .map((item) => findProduct(item.productId))
    .filter((product) => product !== null && product.id !== leaveOut)
    .slice(0, 6);
  if (products.length === 0) return null;
  return html`<section class="wrap section" data-testid="recently-viewed"><h2>Recently viewed</h2>
<div class="tray">${products.map((product) => product && productCard(product))}</div></section>`;
}
