/** One garment colour: how it is called in the shop, and the cloth itself. Shades are derived, so that a new colour is one line. */
export const COLOURS = {
  oat: { name: 'Oat', cloth: '#e2d6c1' },
  ink: { name: 'Ink', cloth: '#2b3440' },
  moss: { name: 'Moss', cloth: '#6b7a54' },
  pine: { name: 'Pine', cloth: '#2f5246' },
  rust: { name: 'Rust', cloth: '#b4583a' },
  clay: { name: 'Clay', cloth: '#cf8f72' },
  sea: { name: 'Sea', cloth: '#4f7f90' },
  sky: { name: 'Sky', cloth: '#9dbccb' },
  plum: { name: 'Plum', cloth: '#6d4659' },
  rose: { name: 'Rose', cloth: '#d3a3a1' },
  sun: { name: 'Sunflower', cloth: '#dfae4a' },
  stone: { name: 'Stone', cloth: '#a8a296' },
  chalk: { name: 'Chalk', cloth: '#f1eee6' },
} as const satisfies Record<string, { readonly name: string; readonly cloth: string }>;

export type Colour = keyof typeof COLOURS;

/** Mixes a hex colour with another; 0 keeps the first, 1 gives the second. */
export function mix(colour: string, other: string, share: number): string {
  let mixed = '#';
  for (let at = 1; at < 7; at += 2) {
    const from = Number.parseInt(colour.slice(at, at + 2), 16);
    const to = Number.parseInt(other.slice(at, at + 2), 16);
    mixed += Math.round(from + (to - from) * share)
      .toString(16)
      .padStart(2, '0');
  }
  return mixed;
}

/** The tones that one cloth needs: itself, its shaded side, seams, and the lit side. */
export interface Cloth {
  readonly base: string;
  readonly shade: string;
  readonly deep: string;
  readonly seam: string;
  readonly light: string;
}

export function clothOf(colour: Colour): Cloth {
  const base = COLOURS[colour].cloth;
  return {
    base,
    shade: mix(base, '#14110d', 0.1),
    deep: mix(base, '#14110d', 0.24),
    seam: mix(base, '#14110d', 0.38),
    light: mix(base, '#fffdf8', 0.22),
  };
}

/** The quiet ground behind a garment of this colour. */
export function groundOf(colour: Colour): string {
  return mix('#f0ebe1', COLOURS[colour].cloth, 0.16);
}
