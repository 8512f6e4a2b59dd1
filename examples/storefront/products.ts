import type { Colour } from './art/colours.ts';
import type { Garment } from './art/garment-svg.ts';
import type { Category, Product } from './product.ts';

type Row = readonly [
  id: string,
  name: string,
  euros: number,
  garment: Garment,
  colour: Colour,
  trim: Colour,
  note: string,
  fabric: string,
];

const rows = (category: Category, list: readonly Row[]): readonly Product[] =>
  list.map(([id, name, euros, garment, colour, trim, note, fabric]) => ({
    id,
    name,
    category,
    priceCents: euros * 100,
    garment,
    colour,
    trim,
    note,
    fabric,
  }));

// biome-ignore format: a table reads best with one line a product
export const PRODUCTS: readonly Product[] = [
  ...rows('women', [
    ['wo-1', 'Isla yoke sweater', 98, 'yokeSweater', 'rose', 'chalk', 'A round-yoke sweater with colour-work knitted in, not printed on.', '100 % lambswool, spun in Scotland'],
    ['wo-2', 'Wren wrap dress', 110, 'dress', 'pine', 'sun', 'Ties at the waist, moves when you do, needs no ironing.', '68 % viscose, 32 % linen'],
    ['wo-3', 'Breton long-sleeve', 45, 'stripedTee', 'chalk', 'ink', 'The stripe that goes with everything you already own.', '100 % organic cotton, 220 g'],
    ['wo-4', 'Maren pleated skirt', 79, 'skirt', 'ink', 'plum', 'Soft pleats that stay, on a comfortable elastic back.', '54 % wool, 46 % recycled polyester'],
    ['wo-5', 'Harbour gilet', 120, 'gilet', 'plum', 'rust', 'Quilted and light, for the weeks between coat and no coat.', 'Recycled nylon, recycled down'],
  ]),
  ...rows('men', [
    ['me-1', 'Alder crew sweater', 95, 'sweater', 'oat', 'oat', 'A plain crew neck with a moss stitch you only see up close.', '100 % merino, 7 gauge'],
    ['me-2', 'Cove oxford shirt', 69, 'shirt', 'sky', 'chalk', 'Washed before you get it, so it fits the first day.', '100 % organic cotton oxford'],
    ['me-3', 'Tarn work trousers', 89, 'trousers', 'moss', 'pine', 'Straight leg, strong pockets, room to kneel.', '98 % cotton twill, 2 % elastane'],
    ['me-4', 'Quay hoodie', 85, 'hoodie', 'ink', 'oat', 'Heavy loop-back with a hood that holds its shape.', '100 % organic cotton, 400 g'],
    ['me-5', 'Field tee', 35, 'tee', 'rust', 'rust', 'A good weight, a clean collar, no logo.', '100 % organic cotton, 200 g'],
  ]),
  ...rows('kids', [
    ['ki-1', 'Puddle hoodie', 42, 'hoodie', 'sun', 'sea', 'Deep front pocket, tested with real acorns.', '100 % organic cotton'],
    ['ki-2', 'Kite stripe tee', 26, 'stripedTee', 'sky', 'rust', 'Long sleeves that roll up and stay up.', '100 % organic cotton'],
    ['ki-3', 'Snowdrop beanie', 22, 'beanie', 'rust', 'chalk', 'Double knit, pompom sewn on twice.', '100 % merino'],
    ['ki-4', 'Skipper socks, two pairs', 14, 'socks', 'sea', 'sun', 'With heels that are where heels are.', '80 % cotton, 18 % polyamide'],
  ]),
  ...rows('women-running', [
    ['wr-1', 'Swift half-zip', 78, 'halfZip', 'plum', 'rose', 'A brushed inside and a zip that opens far enough to matter.', 'Recycled polyester, merino face'],
    ['wr-2', 'Linnet singlet', 38, 'singlet', 'rose', 'plum', 'Flat seams, open knit under the arms.', '100 % recycled polyester'],
    ['wr-3', 'Stride tights', 65, 'tights', 'ink', 'rose', 'High waist, a pocket that takes a phone, no bounce.', '74 % recycled polyamide, 26 % elastane'],
    ['wr-4', 'Gale shell', 125, 'jacket', 'rose', 'chalk', 'Packs into its own pocket and weighs 140 grams.', 'Recycled ripstop nylon'],
  ]),
  ...rows('men-running', [
    ['sw-1', 'Tempo sweater', 79, 'halfZip', 'pine', 'sun', 'The half-zip for cold starts: warm wool outside, quick to dry inside.', 'Merino face, recycled polyester'],
    ['sw-2', 'Long Run sweater', 92, 'sweater', 'sea', 'ink', 'A knitted mid-layer, made for the long one on Sunday.', '60 % merino, 40 % recycled polyamide'],
    ['mr-3', 'Mile singlet', 36, 'singlet', 'sea', 'chalk', 'As little as you need, and nothing that rubs.', '100 % recycled polyester'],
    ['mr-4', 'Pace shorts', 45, 'shorts', 'ink', 'sea', 'Seven inch, lined, with a key pocket that closes.', '100 % recycled polyester'],
    ['mr-5', 'Headwind shell', 129, 'jacket', 'sea', 'chalk', 'Stops the wind, lets the rest out.', 'Recycled ripstop nylon'],
  ]),
];
