import { euros, findProduct, parseSize, productData } from './catalogue.ts';
import { hostCookie, openCookie, sealCookie } from './cookies.ts';
import type { ShopEnv } from './env.ts';
import type { Product, Size } from './product.ts';

export const BAG_COOKIE = '__Host-bag';
const BAG_SECONDS = 7 * 86_400;
/** Keeps the cookie well below the 4 kB that browsers take. */
const MAX_LINES = 20;
const MAX_QUANTITY = 9;
const FREE_DELIVERY_CENTS = 80_00;
const DELIVERY_CENTS = 4_90;

export interface BagLine {
  readonly product: Product;
  readonly size: Size;
  readonly quantity: number;
}
export type Bag = readonly BagLine[];

export async function readBag(cookies: ReadonlyMap<string, string>, env: ShopEnv, nowMs: number): Promise<Bag> {
  const value = await openCookie(BAG_COOKIE, cookies.get(BAG_COOKIE), env.SESSION_SECRET, nowMs);
  return Array.isArray(value) ? value.map(parseLine).filter((line) => line !== null) : [];
}

function parseLine(row: unknown): BagLine | null {
  if (!Array.isArray(row)) return null;
  const [id, size, quantity] = row as readonly unknown[];
  const product = typeof id === 'string' ? findProduct(id) : null;
  const known = parseSize(size);
  return product && known && typeof quantity === 'number' ? { product, size: known, quantity } : null;
}

export async function bagCookie(bag: Bag, env: ShopEnv, nowMs: number): Promise<string> {
  if (bag.length === 0) return hostCookie(BAG_COOKIE, '', 0);
  const rows = bag.map(({ product, size, quantity }) => [product.id, size, quantity]);
  return hostCookie(
    BAG_COOKIE,
    await sealCookie(BAG_COOKIE, rows, env.SESSION_SECRET, BAG_SECONDS, nowMs),
    BAG_SECONDS,
  );
}

const isLine = (line: BagLine, product: Product, size: Size): boolean =>
  line.product.id === product.id && line.size === size;

export function addToBag(bag: Bag, product: Product, size: Size): Bag {
  if (!bag.some((line) => isLine(line, product, size)))
    return [...bag, { product, size, quantity: 1 }].slice(-MAX_LINES);
  return bag.map((line) =>
    isLine(line, product, size) ? { ...line, quantity: Math.min(line.quantity + 1, MAX_QUANTITY) } : line,
  );
}

export function removeFromBag(bag: Bag, product: Product, size: Size): Bag {
  return bag.filter((line) => !isLine(line, product, size));
}

export function bagCount(bag: Bag): number {
  return bag.reduce((sum, line) => sum + line.quantity, 0);
}

export interface BagTotals {
  readonly subtotalCents: number;
  readonly deliveryCents: number;
}

export function bagTotals(bag: Bag): BagTotals {
  const subtotalCents = bag.reduce((sum, line) => sum + line.product.priceCents * line.quantity, 0);
  return {
    subtotalCents,
    deliveryCents: subtotalCents >= FREE_DELIVERY_CENTS || subtotalCents === 0 ? 0 : DELIVERY_CENTS,
  };
}

/** The bag as events carry it. */
export function bagItems(
  bag: Bag,
): readonly (ReturnType<typeof productData> & { readonly size: string; readonly quantity: number })[] {
  return bag.map(({ product, size, quantity }) => ({ ...productData(product), size, quantity }));
}

export function bagValue(bag: Bag): number {
  return euros(bagTotals(bag).subtotalCents);
}
