import { createHash } from 'node:crypto';
import { packCatalogue } from '../../../core/model/recommend/catalogue-part.ts';
import type { Item } from '../../../core/model/recommend/item.ts';
import { packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { SimilarItems } from '../../../core/model/recommend/similar.ts';
import type { Answer, Shop } from '../../support/platform.ts';

/** A price list small enough to know by heart. */
export const item = (id: string, more: Partial<Item> = {}): Item => ({
  id,
  title: `Item ${id}`,
  url: `/p/${id}`,
  image: `https://cdn.test/${id}.jpg`,
  price: { amount: 7900, currency: 'EUR' },
  availability: 'in_stock',
  category: ['Clothes', 'Sweaters'],
  brand: 'North',
  attributes: { colour: 'blue' },
  groupId: null,
  ...more,
});

export interface Listed {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly price: number;
  readonly currency: string;
  readonly because: string;
  readonly becauseOf?: string;
}

export const admin = async <T>(
  shop: Shop,
  method: string,
  path: string,
  body?: object,
): Promise<Answer & { json: T }> => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const answer = await shop.send(`/v1/admin/${path}`, { method, headers, ...(body ? { body } : {}) });
  return { ...answer, json: (answer.text === '' ? null : JSON.parse(answer.text)) as T };
};

/** As `admin`, and it must work. */
export async function done<T>(shop: Shop, method: string, path: string, body?: object): Promise<T> {
  const answer = await admin<T>(shop, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Parts as the import packs them, by name. */
export function packed(items: readonly Item[]): ReadonlyMap<string, object> {
  const similar = new SimilarItems();
  for (const each of items) similar.add(each);
  return new Map<string, object>([
    ...packCatalogue(items).map((part) => [`catalogue/${part.shard}`, part] as const),
    ...packNeighbours('similar', similar.lists()).map((part) => [`neighbours/similar/${part.shard}`, part] as const),
  ]);
}

export const hashesOf = (parts: ReadonlyMap<string, object>): Record<string, string> =>
  Object.fromEntries([...parts].map(([name, part]) => [name, sha256(JSON.stringify(part))]));

export interface CatalogueAnswer {
  readonly items: number;
  readonly currency: string;
  readonly shards: number;
  readonly sequence: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly neighbours: Readonly<Record<string, number>>;
  readonly popularity: number;
}

export async function upload(shop: Shop, items: readonly Item[]): Promise<CatalogueAnswer> {
  const parts = packed(items);
  const { missing } = await done<{ missing: string[] }>(shop, 'POST', 'catalogue/missing', { parts: hashesOf(parts) });
  for (const name of missing) await done(shop, 'POST', 'catalogue/parts', parts.get(name));
  return done(shop, 'PUT', 'catalogue', { parts: hashesOf(parts), refused: {} });
}

/** Strategies, lists that show them, and a ranker. */
export async function configureLists(shop: Shop): Promise<void> {
  const put = (path: string, body: object) => done(shop, 'PUT', path, body);
  await put('strategies/recent', { sources: [{ use: 'recentlyViewed' }], size: 10 });
  await put('strategies/alike', {
    sources: [
      { use: 'viewedTogether', key: 'currentItem' },
      { use: 'similar', key: 'currentItem' },
      { use: 'popular', in: 'site' },
    ],
    size: 5,
  });
  await put('strategies/together', { sources: [{ use: 'viewedTogether', key: 'lastViewed', keys: 3 }], size: 5 });
  await put('strategies/popular', { sources: [{ use: 'popular', in: 'site' }], size: 5 });
  for (const id of ['recent', 'alike', 'together', 'popular']) {
    await put(`placements/list-${id}`, { name: id, kind: 'list', fallback: { items: [] } });
    await put(`offers/list-${id}`, {
      name: id,
      placements: [`list-${id}`],
      content: { strategy: id, title: 'For you' },
    });
  }
  await put('placements/teaser', { name: 'Teaser', kind: 'html', fallback: '<i>teaser</i>' });
  await put('offers/teaser', {
    name: 'Teaser',
    placements: ['teaser'],
    item: 'a1',
    content: '<a href="{{item.url}}">{{item.title}}: {{item.price}} {{item.currency}}</a>',
  });
  await done(shop, 'POST', 'publish', {});
}

/** The items of a list placement; null: it shows its fallback. */
export function listOf(answer: Answer<never> | Answer<object>, placement: string): readonly Listed[] | null {
  const body = answer.body as {
    readonly propositions?: readonly {
      readonly placement: string;
      readonly offer: string | null;
      readonly content: unknown;
    }[];
  };
  const found = body.propositions?.find((each) => each.placement === placement);
  return found?.offer ? (found.content as { readonly items: readonly Listed[] }).items : null;
}

export const idsOf = (list: readonly Listed[] | null): readonly string[] | null => list?.map(({ id }) => id) ?? null;
