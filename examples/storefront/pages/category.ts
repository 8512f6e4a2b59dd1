import { isCategory, productsOf } from '../catalogue.ts';
import { html } from '../html.ts';
import { CATEGORIES, type Category } from '../product.ts';
import type { Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';
import { missing } from './missing.ts';
import { productGrid, recentTray } from './product-card.ts';
import { spotlight } from './spotlight.ts';

const BESIDE: Partial<Record<Category, Category>> = {
  women: 'women-running',
  men: 'men-running',
  'women-running': 'women',
  'men-running': 'men',
};

export async function category(visit: Visit, name: string): Promise<Response> {
  if (!isCategory(name)) return missing(visit);
  const filling = await fillPage(visit, { placements: ['spotlight', 'recently-viewed'] });
  const { name: title, intro } = CATEGORIES[name];
  const products = productsOf(name);
  const beside = BESIDE[name];
  const main = html`<section class="wrap section section--first"><div class="section__head"><h1>${title}</h1><p>${intro}</p>${
    beside && html`<a class="chip" href="/shop/${beside}">See also ${CATEGORIES[beside].wear}</a>`
  }</div>${productGrid(products)}</section>${spotlight(filling)}${recentTray(filling)}`;
  const listed = { listId: name, category: name, productIds: products.map((product) => product.id) };
  return sendPage(visit, {
    title,
    pageType: 'category',
    main,
    filling,
    ways: { spotlight: filling.way, 'recently-viewed': filling.way },
    events: [{ type: 'list.viewed', data: listed }],
  });
}
