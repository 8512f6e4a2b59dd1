import { garmentSvg } from '../art/garment-svg.ts';
import { findProduct, formatPrice } from '../catalogue.ts';
import { type Html, html, trusted } from '../html.ts';
import { CATEGORIES, type Product } from '../product.ts';
import { type DecideResponse, propositionOf } from '../selvedge-client.ts';
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

/** The products of a list that Selvedge made, in its order. Null: there is none. */
export function listedProducts(answer: DecideResponse | null, placement: string): readonly Product[] | null {
  const content = propositionOf(answer, placement)?.content;
  const items = typeof content === 'object' && content !== null && 'items' in content ? content.items : null;
  if (!Array.isArray(items)) return null;
  return items.flatMap((item) => findProduct(String((item as { readonly id?: unknown }).id)) ?? []);
}

/** What this person looked at last and has not bought, whichever browser it was. Nothing: no tray. In the SDK's mode the browser draws it. */
export function recentTray({ way, answer }: Filling): Html {
  if (way === 'sdk')
    return html`<div data-selvedge="recently-viewed" data-selvedge-json="halden:list" data-title="Recently viewed" data-way="sdk"></div>`;
  const products = listedProducts(answer, 'recently-viewed') ?? [];
  if (products.length === 0) return html``;
  return html`<section class="wrap section" data-testid="recently-viewed" data-way="rpc"><h2>Recently viewed</h2>
<div class="tray">${products.map(productCard)}</div></section>`;
}
