import type { JsonValue } from '../../lib/json.ts';
import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { parseCategory } from '../../model/recommend/category.ts';
import type { Availability, Item, Price } from '../../model/recommend/item.ts';
import { IGNORED_FIELDS, ITEM_FIELDS, type ItemField, plainName, SALE_PERIOD } from './fields.ts';
import type { ItemProblem } from './item-problem.ts';
import { parsePrice } from './money.ts';

/** One row as a file has it: texts from CSV and XML, any JSON from NDJSON. */
export type CatalogueRow = Readonly<Record<string, JsonValue>>;

export interface ParsedItem {
  readonly item: Item;
  /** Fields that were left out because they are too long or too many. The item is good without them. */
  readonly leftOut: readonly string[];
}

const AVAILABLE: Readonly<Record<string, Availability>> = {
  instock: 'in_stock',
  available: 'in_stock',
  yes: 'in_stock',
  true: 'in_stock',
  limitedavailability: 'in_stock',
  outofstock: 'out_of_stock',
  soldout: 'out_of_stock',
  discontinued: 'out_of_stock',
  no: 'out_of_stock',
  false: 'out_of_stock',
  preorder: 'preorder',
  presale: 'preorder',
  backorder: 'backorder',
};
const ATTRIBUTE_NAME = /^[\p{L}_][\p{L}\p{N}_ .-]{0,63}$/u;
const HTTP = /^https?:\/\/[^/?#]/i;
/** What could prepare a surprise for whoever follows or prints the URL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE_IN_URL = /[\u0000-\u0020\u007f"<>\\^`{|}]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** Half of a surrogate pair. */
const LONE = /\p{Cs}/u;
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads one row. `currency` is the catalogue's (ISO 4217); null: not known yet, the row must say. Prices in another one are refused, because
 * a list that compares prices cannot mix them.
 */
export function parseItem(row: CatalogueRow, currency: string | null): Result<ParsedItem, ItemProblem> {
  const fields = new Map<string, { readonly name: string; readonly value: JsonValue }>();
  for (const [name, value] of Object.entries(row)) {
    const long = longText(value, limit('catalogueFieldBytes'));
    if (long) return err({ kind: 'tooLong', field: shown(name), max: limit('catalogueFieldBytes') });
    const plain = plainName(name);
    // Of columns with the same name the first that says something counts.
    if (!fields.has(plain) || textOf(fields.get(plain)?.value) === '') fields.set(plain, { name, value });
  }
  const taken = new Set<string>();
  const read = (field: ItemField): string => {
    for (const alias of ITEM_FIELDS[field]) {
      const found = fields.get(alias);
      if (!found) continue;
      taken.add(alias);
      const text = READERS[field]?.(found.value) ?? textOf(found.value);
      if (text !== '') return text;
    }
    return '';
  };

  const texts = readTexts(read);
  if (!texts.ok) return texts;
  const prices = readPrices(read, currency, textOf(fields.get(SALE_PERIOD)?.value) !== '');
  if (!prices.ok) return prices;
  const urls = readUrls(read);
  if (!urls.ok) return urls;
  const availability = readAvailability(read('availability'));
  if (!availability.ok) return availability;
  const category = readCategory(read('category'));
  if (!category.ok) return category;
  const { attributes, leftOut } = readAttributes(fields, taken);
  return ok({
    item: {
      ...texts.value,
      ...urls.value,
      ...prices.value,
      availability: availability.value,
      category: category.value,
      attributes,
    },
    leftOut,
  });
}

/** What may be more than one text. */
const READERS: Partial<Record<ItemField, (value: JsonValue) => string>> = {
  category: categoryText,
  price: priceText,
  salePrice: priceText,
};

type Read = (field: ItemField) => string;

function readTexts(read: Read): Result<Pick<Item, 'id' | 'title' | 'brand' | 'groupId'>, ItemProblem> {
  const found = { id: read('id'), title: read('title'), brand: read('brand'), groupId: read('groupId') };
  for (const field of ['id', 'title', 'brand', 'groupId'] as const) {
    const text = found[field];
    if (text === '' && (field === 'id' || field === 'title')) return err({ kind: 'missing', field });
    if (text.length > limit('itemText')) return err({ kind: 'tooLong', field, max: limit('itemText') });
    if (CONTROL.test(text)) return err({ kind: 'badText', field, detail: 'holds control characters' });
    if (text.includes('\ufffd') || LONE.test(text))
      return err({
        kind: 'badText',
        field,
        detail: 'is not in the encoding that was read: say --encoding latin1 if so',
      });
  }
  return ok({ id: found.id, title: found.title, brand: found.brand || null, groupId: found.groupId || null });
}

function readPrices(
  read: Read,
  wanted: string | null,
  timedSale: boolean,
): Result<{ readonly price: Price; readonly salePrice?: Price }, ItemProblem> {
  const beside = read('currency') || wanted;
  if (beside !== null && !/^[A-Za-z]{3}$/.test(beside))
    return err({
      kind: 'badText',
      field: 'currency',
      detail: `"${shown(beside)}" is no code of three letters (ISO 4217)`,
    });
  const one = (field: 'price' | 'salePrice'): Result<Price | null, ItemProblem> => {
    const text = read(field);
    if (text === '') return ok(null);
    const price = parsePrice(field, text, beside);
    if (price.ok && wanted !== null && price.value.currency !== wanted)
      return err({ kind: 'wrongCurrency', field, value: price.value.currency, wanted });
    return price;
  };
  const price = one('price');
  if (!price.ok) return price;
  if (price.value === null) return err({ kind: 'missing', field: 'price' });
  const sale = one('salePrice');
  if (!sale.ok) return sale;
  if (sale.value === null || timedSale) return ok({ price: price.value });
  if (sale.value.currency !== price.value.currency)
    return err({ kind: 'wrongCurrency', field: 'salePrice', value: sale.value.currency, wanted: price.value.currency });
  if (sale.value.amount > price.value.amount) return err({ kind: 'salePriceAbovePrice' });
  return ok(
    sale.value.amount === price.value.amount ? { price: price.value } : { price: price.value, salePrice: sale.value },
  );
}

function readUrls(read: Read): Result<Pick<Item, 'url' | 'image'>, ItemProblem> {
  const url = read('url');
  const image = read('image');
  if (url === '') return err({ kind: 'missing', field: 'url' });
  for (const [field, text] of [
    ['url', url],
    ['image', image],
  ] as const) {
    if (text === '') continue;
    if (text.length > limit('itemUrl')) return err({ kind: 'tooLong', field, max: limit('itemUrl') });
    if (!isSafeUrl(text)) return err({ kind: 'badUrl', field, value: shown(text) });
  }
  return ok({ url, image: image || null });
}

/** http, https, or a path of the site; nothing that a browser could take for something else. */
export function isSafeUrl(text: string): boolean {
  if (UNSAFE_IN_URL.test(text) || LONE.test(text)) return false;
  return HTTP.test(text) || (text.startsWith('/') && !text.startsWith('//'));
}

/** What is not said is taken for in stock, as most exports list only what can be had. */
function readAvailability(text: string): Result<Availability, ItemProblem> {
  // schema.org writes https://schema.org/InStock.
  const plain = plainName(text.replace(/^https?:\/\/schema\.org\//i, ''));
  if (plain === '') return ok('in_stock');
  if (/^\d{1,9}$/.test(plain)) return ok(Number(plain) > 0 ? 'in_stock' : 'out_of_stock');
  const known = Object.hasOwn(AVAILABLE, plain) ? AVAILABLE[plain] : undefined;
  return known ? ok(known) : err({ kind: 'badAvailability', value: shown(text) });
}

function readCategory(text: string): Result<readonly string[], ItemProblem> {
  const levels = parseCategory(text);
  if (levels.length > limit('itemCategoryLevels'))
    return err({ kind: 'badText', field: 'category', detail: `more than ${limit('itemCategoryLevels')} levels` });
  if (levels.some((level) => level.length > limit('itemText')))
    return err({ kind: 'tooLong', field: 'category', max: limit('itemText') });
  if (CONTROL.test(text) || LONE.test(text))
    return err({ kind: 'badText', field: 'category', detail: 'holds control characters' });
  return ok(levels);
}

function readAttributes(
  fields: ReadonlyMap<string, { readonly name: string; readonly value: JsonValue }>,
  taken: ReadonlySet<string>,
): { readonly attributes: Readonly<Record<string, string>>; readonly leftOut: readonly string[] } {
  const attributes: Record<string, string> = {};
  const leftOut: string[] = [];
  let count = 0;
  const take = (name: string, value: JsonValue | undefined): void => {
    const text = textOf(value);
    if (text === '') return;
    const fits =
      text.length <= limit('itemAttributeValue') &&
      ATTRIBUTE_NAME.test(name) &&
      !FORBIDDEN_NAMES.has(name) &&
      !CONTROL.test(text) &&
      !LONE.test(text);
    if (!fits || count >= limit('itemAttributes')) leftOut.push(shown(name));
    else if (!Object.hasOwn(attributes, name)) {
      attributes[name] = text;
      count++;
    }
  };
  for (const [plain, { name, value }] of fields) {
    if (taken.has(plain) || IGNORED_FIELDS.has(plain) || plain === SALE_PERIOD || isItemField(plain)) continue;
    if (plain === 'attributes' && typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [inner, of] of Object.entries(value)) take(inner.trim(), of);
    else take(name.trim(), value);
  }
  return { attributes, leftOut };
}

function isItemField(plain: string): boolean {
  return Object.values<readonly string[]>(ITEM_FIELDS).some((aliases) => aliases.includes(plain));
}

/** Levels may come as a list. */
function categoryText(value: JsonValue): string {
  return Array.isArray(value) ? value.map(textOf).join(' > ') : textOf(value);
}

/** Shops' APIs write {"value": "79.00", "currency": "EUR"}. */
function priceText(value: JsonValue): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return textOf(value);
  const { value: amount, currency } = value as Readonly<Record<string, JsonValue>>;
  return `${textOf(amount)} ${textOf(currency)}`.trim();
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Of nested values too; JSON.parse has bounded the whole row already. */
function longText(value: JsonValue, max: number): boolean {
  if (typeof value === 'string') return value.length > max;
  if (typeof value !== 'object' || value === null) return false;
  return (Array.isArray(value) ? value : Object.values(value)).some(
    (inner) => typeof inner === 'string' && inner.length > max,
  );
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
