import { CATEGORIES, type Category, type Product, SIZES, type Size } from './product.ts';
import { PRODUCTS } from './products.ts';

const BY_ID = new Map(PRODUCTS.map((product) => [product.id, product]));

export function findProduct(id: string): Product | null {
  return BY_ID.get(id) ?? null;
}

export function isCategory(name: string): name is Category {
  return Object.hasOwn(CATEGORIES, name);
}

export function parseSize(text: unknown): Size | null {
  return SIZES.find((size) => size === text) ?? null;
}

export function productsOf(category: Category): readonly Product[] {
  return PRODUCTS.filter((product) => product.category === category);
}

/** The shop counts in cents; events carry euros. */
export function euros(cents: number): number {
  return cents / 100;
}

export function formatPrice(cents: number): string {
  return `€${cents % 100 === 0 ? cents / 100 : (cents / 100).toFixed(2)}`;
}

/** A product as every commerce event carries it. */
export function productData(product: Product): {
  readonly productId: string;
  readonly name: string;
  readonly category: string;
  readonly color: string;
  readonly price: number;
  readonly currency: string;
} {
  const { id, name, category, colour, priceCents } = product;
  return { productId: id, name, category, color: colour, price: euros(priceCents), currency: 'EUR' };
}
