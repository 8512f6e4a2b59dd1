import { COLOURS, type Colour, mix } from './colours.ts';
import { type Drawing, garmentShape } from './garment-svg.ts';
import { line, path } from './strokes.ts';

interface Scene {
  readonly sky: string;
  readonly sun: string;
  /** Far to near. */
  readonly hills: readonly [string, string, string];
  /** Three garments on the line, left to right. */
  readonly wear: readonly [Drawing, Drawing, Drawing];
}

const wear = (garment: Drawing['garment'], colour: Colour, trim: Colour): Drawing => ({ garment, colour, trim });

const SCENES = {
  home: {
    sky: '#e9e3d6',
    sun: '#f6efe0',
    hills: ['#cfd3c4', '#aab7a3', '#7f937f'],
    wear: [wear('yokeSweater', 'pine', 'oat'), wear('dress', 'rust', 'ink'), wear('stripedTee', 'chalk', 'ink')],
  },
  women: {
    sky: '#f0e0d8',
    sun: '#fbf1e6',
    hills: ['#e3c4b5', '#cf9f8b', '#a8705d'],
    wear: [wear('dress', 'pine', 'sun'), wear('yokeSweater', 'rose', 'chalk'), wear('skirt', 'ink', 'plum')],
  },
  men: {
    sky: '#dfe5e6',
    sun: '#f5f2e7',
    hills: ['#b9c7cb', '#8ba0a7', '#546b75'],
    wear: [wear('shirt', 'sky', 'chalk'), wear('sweater', 'ink', 'ink'), wear('trousers', 'stone', 'oat')],
  },
  kids: {
    sky: '#f5ead0',
    sun: '#fff8e6',
    hills: ['#e9cf94', '#9fb8a4', '#5d8a83'],
    wear: [wear('stripedTee', 'sun', 'sea'), wear('beanie', 'rust', 'chalk'), wear('hoodie', 'sea', 'sun')],
  },
  'women-running': {
    sky: '#efdcd9',
    sun: '#fdf3e2',
    hills: ['#d8b9c0', '#a97f93', '#5f4258'],
    wear: [wear('singlet', 'rose', 'plum'), wear('jacket', 'plum', 'rose'), wear('tights', 'ink', 'rose')],
  },
  'men-running': {
    sky: '#d7e2e2',
    sun: '#fbf2dd',
    hills: ['#aac3c2', '#6f9797', '#2f5f5c'],
    wear: [wear('shorts', 'ink', 'sea'), wear('halfZip', 'pine', 'sun'), wear('jacket', 'sea', 'chalk')],
  },
} as const satisfies Record<string, Scene>;

export type HeroName = keyof typeof SCENES;

export function isHeroName(name: string): name is HeroName {
  return Object.hasOwn(SCENES, name);
}

function hanging(drawing: Drawing, x: number, y: number, scale: number): string {
  const wood = mix(COLOURS.clay.cloth, '#5b3a22', 0.45);
  const hanger = line('M200 14 Q214 14 214 26 Q214 36 200 42 L200 54 M118 96 L200 54 L282 96', wood, 6);
  return `<g transform="translate(${x} ${y}) scale(${scale})">${hanger}${garmentShape(drawing)}</g>`;
}

/** A washing line in a landscape, as a file of its own: offers name it by its address, as they would a photograph. */
export function heroSvg(name: HeroName): string {
  const {
    sky,
    sun,
    hills,
    wear: [left, middle, right],
  } = SCENES[name];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 800" preserveAspectRatio="xMidYMid slice">${path('M0 0h1200v800H0z', sky)}<circle cx="820" cy="270" r="150" fill="${sun}"/>${
    path('M0 470 Q180 380 380 440 T760 420 T1200 450 V800 H0 Z', hills[0]) +
    path('M0 570 Q240 480 520 550 T960 530 T1200 560 V800 H0 Z', hills[1]) +
    path('M0 690 Q320 600 640 670 T1200 650 V800 H0 Z', hills[2])
  }${line('M-10 96 Q600 150 1210 88', mix(hills[2], '#14110d', 0.35), 4)}${
    hanging(left, 70, 98, 1.1) + hanging(middle, 372, 108, 1.2) + hanging(right, 716, 98, 1.1)
  }</svg>`;
}
