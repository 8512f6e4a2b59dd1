import { beanie, shorts, skirt, socks, tights, trousers } from './bottoms.ts';
import { type Cloth, type Colour, clothOf, groundOf } from './colours.ts';
import { dress, gilet, jacket, shirt } from './outer.ts';
import { halfZip, hoodie, singlet, stripedTee, sweater, tee, yokeSweater } from './tops.ts';

/** Every garment we can draw: cloth and trim in, the inside of a 400 × 440 SVG out. */
export const GARMENTS = {
  sweater,
  yokeSweater,
  halfZip,
  hoodie,
  tee,
  stripedTee,
  singlet,
  jacket,
  gilet,
  shirt,
  dress,
  trousers,
  shorts,
  tights,
  skirt,
  beanie,
  socks,
} as const satisfies Record<string, (cloth: Cloth, trim: Cloth) => string>;

export type Garment = keyof typeof GARMENTS;

export interface Drawing {
  readonly garment: Garment;
  readonly colour: Colour;
  readonly trim: Colour;
}

/** The garment alone, to be placed inside another drawing. */
export function garmentShape({ garment, colour, trim }: Drawing): string {
  return GARMENTS[garment](clothOf(colour), clothOf(trim));
}

/** A picture of a product: garment, soft shadow and ground. Attributes only, no style, so that a strict CSP is no obstacle. */
export function garmentSvg(drawing: Drawing, label: string | null): string {
  const name = label === null ? 'aria-hidden="true"' : `role="img" aria-label="${label.replace(/[&<>"']/g, '')}"`;
  return `<svg viewBox="0 0 400 440" ${name} preserveAspectRatio="xMidYMid slice" focusable="false"><path d="M0 0h400v440H0z" fill="${groundOf(drawing.colour)}"/><ellipse cx="200" cy="406" rx="128" ry="13" fill="#2a2117" opacity=".09"/>${garmentShape(drawing)}</svg>`;
}
