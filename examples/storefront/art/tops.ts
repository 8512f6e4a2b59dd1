import type { Cloth } from './colours.ts';
import { line, path } from './strokes.ts';

/** Flat-lay drawings on a 400 × 440 sheet. Geometry is shared: sleeves lie under the body, trims on top. */
const TORSO =
  'M146 86 Q172 74 176 70 Q200 92 224 70 Q228 74 254 86 L288 104 L292 214 Q290 300 294 366 Q200 380 106 366 Q110 300 108 214 L112 104 Z';
const LONG_LEFT = 'M146 86 L112 102 Q86 118 78 152 L44 322 L86 336 L118 214 L128 120 Z';
const LONG_RIGHT = 'M254 86 L288 102 Q314 118 322 152 L356 322 L314 336 L282 214 L272 120 Z';
const SHORT_LEFT = 'M146 86 L112 102 Q84 122 58 190 L110 214 L124 170 Z';
const SHORT_RIGHT = 'M254 86 L288 102 Q316 122 342 190 L290 214 L276 170 Z';
const NECK_BACK = 'M176 70 Q200 60 224 70 Q200 92 176 70 Z';
const NECK_RIB = 'M170 73 Q200 106 230 73 L224 69 Q200 91 176 69 Z';

function folds(cloth: Cloth): string {
  return (
    line('M128 150 Q136 230 124 300', cloth.shade, 5) +
    line('M272 150 Q264 236 277 306', cloth.shade, 5) +
    line('M214 330 Q232 290 226 250', cloth.shade, 4) +
    line('M172 342 Q160 306 166 282', cloth.shade, 3)
  );
}

/** Vertical ribs across a band between two x on a slightly curved hem. */
function ribs(from: number, to: number, top: number, bottom: number, cloth: Cloth): string {
  let d = '';
  for (let x = from; x <= to; x += 8) {
    const sag = 6.5 * (1 - ((x - 200) / 96) ** 2);
    d += `M${x} ${top + sag}L${x} ${bottom + sag}`;
  }
  return line(d, cloth.deep, 1.6);
}

function longSleeves(cloth: Cloth, cuff: Cloth): string {
  return (
    path(LONG_LEFT, cloth.shade) +
    path(LONG_RIGHT, cloth.shade) +
    line('M70 250 Q88 244 96 250', cloth.deep, 3) +
    line('M330 250 Q312 244 304 250', cloth.deep, 3) +
    path('M49 298 L44 322 Q42 330 48 332 L80 342 Q86 343 87 336 L94 312 Z', cuff.deep) +
    path('M351 298 L356 322 Q358 330 352 332 L320 342 Q314 343 313 336 L306 312 Z', cuff.deep) +
    line('M58 304L53 331M68 307L62 335M78 310L71 338M342 304L347 331M332 307L338 335M322 310L329 338', cuff.seam, 1.6)
  );
}

function hem(cloth: Cloth): string {
  return path('M107 344 Q200 358 293 344 L294 366 Q200 380 106 366 Z', cloth.deep) + ribs(116, 284, 349, 364, cloth);
}

function neck(cloth: Cloth): string {
  return path(NECK_BACK, cloth.seam) + path(NECK_RIB, cloth.deep);
}

export function sweater(cloth: Cloth, trim: Cloth): string {
  let knit = '';
  for (let y = 122; y < 340; y += 16) knit += `M${134 + (y % 32 ? 4 : 0)} ${y}h132`;
  return (
    longSleeves(cloth, trim) +
    path(TORSO, cloth.base) +
    line(knit, cloth.shade, 1.4, 'stroke-dasharray="5 9"') +
    folds(cloth) +
    hem(trim) +
    line('M112 104 Q126 150 118 214M288 104 Q274 150 282 214', cloth.deep, 2) +
    neck(trim)
  );
}

/** Colour-work yoke: the trim colour knitted into rows below the neck. */
export function yokeSweater(cloth: Cloth, trim: Cloth): string {
  const row = (y: number, radius: number, dash: string, width: number): string =>
    line(
      `M${200 - radius} ${y - 34} Q200 ${y + 40} ${200 + radius} ${y - 34}`,
      trim.base,
      width,
      `stroke-dasharray="${dash}"`,
      'butt',
    );
  return (
    sweater(cloth, cloth) +
    row(120, 42, '6 5', 7) +
    row(138, 56, '3 5', 4) +
    row(154, 70, '9 6', 9) +
    row(176, 82, '3 6', 4)
  );
}

export function halfZip(cloth: Cloth, trim: Cloth): string {
  return (
    longSleeves(cloth, trim) +
    path(TORSO, cloth.base) +
    folds(cloth) +
    path('M112 104 L146 86 Q168 120 158 190 L118 214 L108 214 Z', trim.base) +
    path('M288 104 L254 86 Q232 120 242 190 L282 214 L292 214 Z', trim.base) +
    line('M146 86 Q168 120 158 190 L118 214M254 86 Q232 120 242 190 L282 214', trim.deep, 1.6) +
    path('M168 76 Q166 56 174 46 Q200 58 226 46 Q234 56 232 76 Q214 92 200 96 Q186 92 168 76 Z', cloth.deep) +
    path('M174 46 Q200 34 226 46 Q200 60 174 46 Z', cloth.seam) +
    line('M200 58L200 176', trim.seam, 5) +
    line('M200 58L200 176', trim.light, 1.6, 'stroke-dasharray="2 3"') +
    line('M200 168L200 184', trim.light, 5) +
    line('M126 328L274 328', cloth.light, 3, 'stroke-dasharray="20 5" opacity=".7"')
  );
}

export function hoodie(cloth: Cloth, trim: Cloth): string {
  return (
    longSleeves(cloth, cloth) +
    path(TORSO, cloth.base) +
    folds(cloth) +
    hem(cloth) +
    path('M146 270 L254 270 L274 330 Q200 342 126 330 Z', cloth.shade) +
    line('M146 270 L254 270M146 270L126 330M254 270L274 330', cloth.deep, 2) +
    path('M142 92 Q140 30 200 28 Q260 30 258 92 Q236 116 200 122 Q164 116 142 92 Z', cloth.shade) +
    path('M162 86 Q164 50 200 50 Q236 50 238 86 Q222 104 200 108 Q178 104 162 86 Z', cloth.seam) +
    line('M184 108Q182 140 186 166M216 108Q218 142 213 158', trim.light, 4)
  );
}

export function tee(cloth: Cloth, trim: Cloth): string {
  return (
    path(SHORT_LEFT, cloth.shade) +
    path(SHORT_RIGHT, cloth.shade) +
    line('M62 182L113 206M338 182L287 206', trim.deep, 2) +
    path(TORSO, cloth.base) +
    folds(cloth) +
    line('M107 352 Q200 366 293 352', cloth.deep, 1.6) +
    line('M112 104 Q126 140 120 190M288 104 Q274 140 280 190', cloth.deep, 2) +
    neck(trim)
  );
}

export function stripedTee(cloth: Cloth, trim: Cloth): string {
  let stripes = '';
  for (let y = 132; y < 346; y += 22) {
    const half = y < 214 ? 88 - (y - 132) * 0.03 : 86;
    stripes += `M${200 - half} ${y} Q200 ${y + 12} ${200 + half} ${y}`;
  }
  return (
    longSleeves(cloth, cloth) +
    path(TORSO, cloth.base) +
    line(stripes, trim.base, 7, '', 'butt') +
    line(
      'M86 142L126 154M80 172L122 184M74 202L116 214M68 232L108 243M62 262L100 272M314 142L274 154M320 172L278 184M326 202L284 214M332 232L292 243M338 262L300 272',
      trim.base,
      7,
      '',
      'butt',
    ) +
    folds({ ...cloth, shade: 'rgba(20,17,13,.07)' }) +
    line('M107 354 Q200 368 293 354', cloth.deep, 1.6) +
    neck(cloth)
  );
}

export function singlet(cloth: Cloth, trim: Cloth): string {
  return (
    path(
      'M160 66 Q164 80 172 92 Q200 122 228 92 Q236 80 240 66 L262 74 Q262 130 290 160 L292 214 Q290 300 294 366 Q200 380 106 366 Q110 300 108 214 L110 160 Q138 130 138 74 Z',
      cloth.base,
    ) +
    folds(cloth) +
    path('M108 262 L292 232 L292 252 L109 282 Z', trim.base) +
    path('M109 290 L292 260 L292 268 L109 298 Z', trim.light) +
    line('M160 66 Q164 84 174 96 Q200 124 226 96 Q236 84 240 66', cloth.deep, 5) +
    line('M138 76 Q138 132 111 161M262 76 Q262 132 289 161', cloth.deep, 4) +
    line('M107 354 Q200 368 293 354', cloth.deep, 1.6)
  );
}
