import { COLOURS } from '../art/colours.ts';
import { garmentSvg } from '../art/garment-svg.ts';
import { findProduct, formatPrice, parseSize, productData, productsOf } from '../catalogue.ts';
import { html, trusted } from '../html.ts';
import { CATEGORIES, SIZES } from '../product.ts';
import type { Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';
import { missing } from './missing.ts';
import { productGrid, recentTray } from './product-card.ts';
import { spotlight } from './spotlight.ts';

export async function product(visit: Visit, id: string): Promise<Response> {
  const shown = findProduct(id);
  if (!shown) return missing(visit);
  const filling = await fillPage(visit, {
    placements: ['spotlight', 'recently-viewed'],
    include: ['profile'],
    context: { item: id },
  });
  const own = parseSize(filling.answer?.profile?.attributes.preferredSize);
  const more = productsOf(shown.category)
    .filter((other) => other.id !== id)
    .slice(0, 4);
  const main = html`<section class="wrap product"><div class="product__picture">${trusted(garmentSvg(shown, shown.name))}</div>
<div class="product__text"><p class="eyebrow"><a href="/shop/${shown.category}">${CATEGORIES[shown.category].name}</a></p>
<h1>${shown.name}</h1><p class="product__price">${formatPrice(shown.priceCents)}</p><p class="product__note">${shown.note}</p>
<form method="post" action="/cart/add" data-add-to-cart>
<input type="hidden" name="productId" value="${shown.id}">
<fieldset class="sizes"><legend>Size</legend>${SIZES.map(
    (size) =>
      html`<label><input type="radio" name="size" value="${size}" required${size === (own ?? 'M') ? html` checked` : ''} data-testid="size-${size}"><span>${size}</span></label>`,
  )}</fieldset>
<button class="button button--wide" data-testid="add-to-cart">Add to bag</button>
<p class="added" data-testid="added" data-added hidden role="status">In your bag. <a href="/cart">See the bag</a></p>
</form>
<dl class="facts"><div><dt>Colour</dt><dd>${COLOURS[shown.colour].name}</dd></div><div><dt>Made of</dt><dd>${shown.fabric}</dd></div><div><dt>Delivery</dt><dd>Two to three days</dd></div></dl>
</div></section>
<section class="wrap section"><h2>Goes well with</h2>${productGrid(more)}</section>
${spotlight(filling)}${recentTray(filling)}`;
  const viewed = { ...productData(shown), url: visit.url.pathname };
  return sendPage(visit, {
    title: shown.name,
    pageType: 'product',
    main,
    filling,
    ways: { spotlight: filling.way, 'recently-viewed': filling.way },
    events: [{ type: 'product.viewed', data: viewed }],
  });
}
