import { createHash } from 'node:crypto';
import { packCatalogue } from '../core/model/recommend/catalogue-part.ts';
import type { Item } from '../core/model/recommend/item.ts';
import { packNeighbours } from '../core/model/recommend/neighbours-part.ts';
import { SimilarItems } from '../core/model/recommend/similar.ts';
import { CATEGORIES } from '../examples/storefront/product.ts';
import { PRODUCTS } from '../examples/storefront/products.ts';

/** The demo shop's products as its feed would have them. */
function itemsOf(): readonly Item[] {
  return PRODUCTS.map(({ id, name, priceCents, category, colour }) => ({
    id,
    title: name,
    url: `/product/${id}`,
    image: `/art/product-${id}.svg`,
    price: { amount: priceCents, currency: 'EUR' },
    availability: 'in_stock',
    category: [CATEGORIES[category].name],
    brand: 'Halden',
    attributes: { colour },
    groupId: null,
  }));
}

/** Makes the shop's products the catalogue, as `npm run import -- catalogue` does with a file. A ruleset was published before. */
export async function uploadDemoCatalogue(endpoint: string, operatorToken: string): Promise<void> {
  const similar = new SimilarItems();
  const items = itemsOf();
  for (const item of items) similar.add(item);
  const parts = new Map<string, object>([
    ...packCatalogue(items).map((part) => [`catalogue/${part.shard}`, part] as const),
    ...packNeighbours('similar', similar.lists()).map((part) => [`neighbours/similar/${part.shard}`, part] as const),
  ]);
  const send = async (method: string, path: string, body: object): Promise<void> => {
    const response = await fetch(`${endpoint}/v1/admin/catalogue${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`catalogue${path}: ${response.status} ${(await response.text()).slice(0, 2000)}`);
  };
  for (const part of parts.values()) await send('POST', '/parts', part);
  const hashes = [...parts].map(([name, part]) => [name, hashOf(part)] as const);
  await send('PUT', '', { parts: Object.fromEntries(hashes), refused: {} });
}

const hashOf = (part: object): string => createHash('sha256').update(JSON.stringify(part)).digest('hex');
