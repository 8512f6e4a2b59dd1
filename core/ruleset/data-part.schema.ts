import { z } from 'zod';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { openCatalogue } from '../model/recommend/catalogue.ts';
import type { CataloguePart } from '../model/recommend/catalogue-part.ts';
import { AVAILABILITIES, type Item } from '../model/recommend/item.ts';
import type { NeighboursPart } from '../model/recommend/neighbours-part.ts';
import { SCORE_SCALE } from '../model/recommend/neighbours-part.ts';
import { compareText, SHARD_SLOTS, shardOf } from '../model/recommend/shards.ts';

/** What comes from outside as a part: an import made it, and nobody has to believe that. */
const text = z.string().max(limit('itemText'));
const texts = z.array(text);
const id = z.string().min(1).max(512);
const place = z.int().min(-1);
const amount = z.int().min(-1).max(1e12);
/** http, https, or a path of the site, and nothing that could break out of where it is written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const ITEM_URL = /^(?:https?:\/\/[^/?#]|\/(?![/\\])|\/$)[^\u0000-\u0020\u007f"<>\\^`{|}]*$/i;

const shard = z.int().min(0).max(SHARD_SLOTS);

const cataloguePart = z.strictObject({
  format: z.literal(1),
  shard,
  shards: shard,
  currency: z.string().regex(/^(?:[A-Z]{3})?$/),
  ids: z.array(id),
  titles: texts,
  urlBase: z.string().max(limit('itemUrl')),
  urls: z.array(z.string().max(limit('itemUrl'))),
  imageBase: z.string().max(limit('itemUrl')),
  images: z.array(z.string().max(limit('itemUrl')).nullable()),
  prices: z.array(amount.min(0)),
  salePrices: z.array(amount),
  availability: z.array(
    z
      .int()
      .min(0)
      .max(AVAILABILITIES.length - 1),
  ),
  categories: z.array(texts.max(limit('itemCategoryLevels'))),
  category: z.array(place),
  brands: texts,
  brand: z.array(place),
  groups: texts,
  group: z.array(place),
  names: texts,
  values: z.array(z.string().max(limit('itemAttributeValue'))),
  attributes: z.array(place.min(0)),
  attributeStarts: z.array(place.min(0)),
});

const similarPart = z.strictObject({
  format: z.literal(1),
  kind: z.literal('similar'),
  shard,
  shards: shard,
  ids: z.array(id),
  names: z.array(id),
  starts: z.array(place.min(0)),
  to: z.array(place.min(0)),
  scores: z.array(z.int().min(0).max(SCORE_SCALE)),
});

/** What an import may upload. */
export const uploadedPartSchema = z.union([cataloguePart, similarPart]).meta({
  id: 'CatalogueUpload',
  description: 'A part as `npm run import -- catalogue` packs it: one shard of the catalogue, or of what is alike',
});
export type UploadedPart = z.infer<typeof uploadedPartSchema>;

/** What a part would be called in a manifest, or why it is no part. */
export function checkUploadedPart(part: UploadedPart): Result<string, string> {
  if (part.shard >= part.shards) return err(`shard ${part.shard} of ${part.shards}`);
  const misplaced = part.ids.find(
    (each, i) => shardOf(each, part.shards) !== part.shard || (i > 0 && compareText(part.ids[i - 1] ?? '', each) >= 0),
  );
  if (misplaced !== undefined) return err(`item ${misplaced} is not in its place`);
  const problem = 'kind' in part ? neighboursProblem(part) : catalogueProblem(part);
  if (problem !== null) return err(problem);
  return ok('kind' in part ? `neighbours/similar/${part.shard}` : `catalogue/${part.shard}`);
}

function neighboursProblem({ ids, names, starts, to, scores }: NeighboursPart): string | null {
  const fits = starts.length === ids.length + 1 && isRising(starts) && starts.at(-1) === to.length;
  if (!fits || to.length !== scores.length || to.some((each) => each >= names.length))
    return 'the lists do not fit together';
  return null;
}

function catalogueProblem(part: CataloguePart): string | null {
  const { ids, titles, urls, images, prices, salePrices, availability, category, brand, group } = part;
  const columns = [titles, urls, images, prices, salePrices, availability, category, brand, group];
  const { attributeStarts: starts, attributes, names, values } = part;
  const isOut = (positions: readonly number[], of: readonly unknown[]) => positions.some((each) => each >= of.length);
  const fits =
    columns.every((column) => column.length === ids.length) &&
    starts.length === ids.length + 1 &&
    isRising(starts) &&
    starts.at(-1) === attributes.length &&
    attributes.every((each, i) => each < (i % 2 === 0 ? names : values).length) &&
    !isOut(category, part.categories) &&
    !isOut(brand, part.brands) &&
    !isOut(group, part.groups);
  if (!fits) return 'the columns do not fit together';
  if (ids.length > 0 && part.currency === '') return 'the prices have no currency';
  const opened = openCatalogue([part]);
  if (!opened.ok) return opened.error;
  for (const item of opened.value.items()) {
    const problem = itemProblem(item);
    if (problem !== null) return `item ${item.id}: ${problem}`;
  }
  return null;
}

/** Pages link what the catalogue says. */
function itemProblem({ title, url, image, price, salePrice }: Item): string | null {
  if (title === '') return 'it has no title';
  if (url === '' || url.length > limit('itemUrl') || !ITEM_URL.test(url))
    return 'its address must be http(s) or a path of the site';
  if (image !== null && (image.length > limit('itemUrl') || !ITEM_URL.test(image)))
    return 'the address of its image must be http(s) or a path of the site';
  return salePrice && salePrice.amount > price.amount ? 'the sale price is above the price' : null;
}

function isRising(numbers: readonly number[]): boolean {
  return numbers[0] === 0 && numbers.every((each, i) => i === 0 || each >= (numbers[i - 1] as number));
}
