import type { Colour } from './art/colours.ts';
import type { Garment } from './art/garment-svg.ts';

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
