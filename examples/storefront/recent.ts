import { formatPrice } from './catalogue.ts';
import { boughtIds, recentProducts } from './pages/product-card.ts';
import { CATEGORIES, type Product } from './product.ts';
import { decide } from './selvedge-client.ts';
import { finish, type Visit } from './visit.ts';

/** What a card shows, for the browser script that draws it. */
function cardData({ id, name, priceCents, category }: Product): Readonly<Record<string, string>> {
  return { id, name, price: formatPrice(priceCents), category: CATEGORIES[category].name };
}

/** Tray, and what to leave out of lists, for pages that the browser fills: asked for by a typed call, about the visitor of the HttpOnly cookie and nobody else. */
export async function recentData(visit: Visit): Promise<Response> {
  const answer = await decide(visit, { include: ['profile', 'recent'] });
  const products = recentProducts(answer, visit.url.searchParams.get('without')).map(cardData);
  const bought = [...boughtIds(answer)];
  return finish(visit, Response.json({ products, bought }, { headers: { 'cache-control': 'no-store' } }));
}
