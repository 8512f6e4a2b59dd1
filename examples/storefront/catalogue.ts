import type { Colour } from './art/colours.ts';
import type { Garment } from './art/garment-svg.ts';
import { PRODUCTS } from './products.ts';

export const SIZES = ['S', 'M', 'L', 'XL'] as const;
export type Size = (typeof SIZES)[number];

export const CATEGORIES = {
  women: {
    name: 'Women',
    wear: 'women’s wear',
    intro: 'Knits, dresses and everyday pieces, cut to be worn for years.',
  },
  men: { name: 'Men', wear: 'men’s wear', intro: 'Shirts, knitwear and trousers that get better with every wash.' },
  kids: { name: 'Kids', wear: 'kids’ wear', intro: 'Soft, strong, and made to be handed down.' },
  'women-running': {
    name: 'Women’s running',
    wear: 'women’s running',
    intro: 'Light layers for early miles and long evenings.',
  },
  'men-running': { name: 'Men’s running', wear: 'men’s running', intro: 'Warm when you start, dry when you finish.' },
} as const satisfies Record<string, { readonly name: string; readonly wear: string; readonly intro: string }>;
export type Category = keyof typeof CATEGORIES;

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  readonly priceCents: number;
  readonly garment: Garment;
  readonly colour: Colour;
  readonly trim: Colour;
  readonly note: string;
  readonly fabric: string;
}

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
