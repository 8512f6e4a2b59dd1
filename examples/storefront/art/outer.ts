import type { Cloth } from './colours.ts';
import { line, path } from './strokes.ts';

const BODY =
  'M150 80 L176 68 Q200 80 224 68 L250 80 L290 102 L296 214 Q294 300 298 372 Q200 384 102 372 Q106 300 104 214 L110 102 Z';
const SLEEVE_LEFT = 'M150 80 L110 102 Q84 118 76 154 L42 330 L88 344 L116 214 L130 120 Z';
const SLEEVE_RIGHT = 'M250 80 L290 102 Q316 118 324 154 L358 330 L312 344 L284 214 L270 120 Z';

function collar(cloth: Cloth): string {
  return (
    path('M166 78 Q164 54 174 42 Q200 54 226 42 Q236 54 234 78 Q216 92 200 94 Q184 92 166 78 Z', cloth.deep) +
    path('M174 42 Q200 30 226 42 Q200 56 174 42 Z', cloth.seam)
  );
}

/** Light running jacket: a block of the trim colour over chest and sleeves, one full zip. */
export function jacket(cloth: Cloth, trim: Cloth): string {
  return (
    path(SLEEVE_LEFT, trim.shade) +
    path(SLEEVE_RIGHT, trim.shade) +
    path('M62 228 L42 330 L88 344 L112 236 Z', cloth.shade) +
    path('M338 228 L358 330 L312 344 L288 236 Z', cloth.shade) +
    path(BODY, cloth.base) +
    path('M150 80 L176 68 Q200 80 224 68 L250 80 L290 102 L294 176 Q200 214 106 176 L110 102 Z', trim.base) +
    line('M106 176 Q200 214 294 176', trim.deep, 2) +
    line('M126 190 Q136 260 122 330M276 190 Q266 260 280 330', cloth.shade, 5) +
    collar(trim) +
    line('M200 56L200 376', cloth.seam, 6) +
    line('M200 56L200 376', cloth.light, 1.6, 'stroke-dasharray="2 3"') +
    line('M140 296L164 268M260 296L236 268', cloth.seam, 4) +
    line('M46 318L90 331M354 318L310 331M104 360 Q200 374 296 360', cloth.deep, 2)
  );
}

/** Quilted vest. */
export function gilet(cloth: Cloth, trim: Cloth): string {
  let quilts = '';
  for (let y = 106; y < 350; y += 30) {
    const edge = y < 150 ? 134 - (y - 106) * 0.3 : 107; // the armhole takes the ends of the upper rows
    quilts += `M${edge} ${y}Q152 ${y + 14} 198 ${y + 4}M${400 - edge} ${y}Q248 ${y + 14} 202 ${y + 4}`;
  }
  return (
    path(
      'M156 78 L176 68 Q200 80 224 68 L244 78 L272 92 Q268 130 294 160 L296 214 Q294 300 298 372 Q200 384 102 372 Q106 300 104 214 L106 160 Q132 130 128 92 Z',
      cloth.base,
    ) +
    line(quilts, cloth.deep, 2.4) +
    line(quilts, cloth.light, 1.4, 'transform="translate(0 4)" opacity=".7"') +
    line('M128 94 Q132 132 107 161M272 94 Q268 132 293 161', trim.deep, 6) +
    collar(cloth) +
    line('M200 56L200 376', trim.seam, 6) +
    line('M200 56L200 376', trim.light, 1.6, 'stroke-dasharray="2 3"') +
    line('M103 364 Q200 376 297 364', trim.deep, 5)
  );
}

/** Button shirt with a chest pocket. */
export function shirt(cloth: Cloth, trim: Cloth): string {
  let buttons = '';
  for (let y = 128; y < 366; y += 38)
    buttons += `<circle cx="200" cy="${y}" r="4" fill="${trim.light}" stroke="${cloth.seam}" stroke-width="1.4"/>`;
  return (
    path(SLEEVE_LEFT, cloth.shade) +
    path(SLEEVE_RIGHT, cloth.shade) +
    path('M48 300 L42 330 L88 344 L97 316 Z', cloth.deep) +
    path('M352 300 L358 330 L312 344 L303 316 Z', cloth.deep) +
    path(
      'M150 80 L176 68 Q200 80 224 68 L250 80 L290 102 L296 214 Q292 290 298 352 Q262 388 200 376 Q138 388 102 352 Q108 290 104 214 L110 102 Z',
      cloth.base,
    ) +
    line('M126 150 Q134 240 122 320M274 150 Q266 240 278 320', cloth.shade, 5) +
    path('M190 100 L210 100 L211 378 L189 378 Z', cloth.light) +
    line('M190 100L189 376M210 100L211 376', cloth.deep, 1.4) +
    path('M232 164 L274 164 L274 206 L253 218 L232 206 Z', cloth.shade) +
    line('M232 164 L274 164 L274 206 L253 218 L232 206 Z', cloth.deep, 1.4) +
    path('M176 66 Q200 78 224 66 Q200 92 176 66Z', cloth.seam) +
    path('M176 64 L160 84 L182 116 L200 92 Z', cloth.light) +
    path('M224 64 L240 84 L218 116 L200 92 Z', cloth.light) +
    line('M176 64 L160 84 L182 116 L200 92 L218 116 L240 84 L224 64', cloth.deep, 1.4) +
    buttons
  );
}

/** Wrap dress with a tied waist. */
export function dress(cloth: Cloth, trim: Cloth): string {
  return (
    path('M158 62 L134 74 Q110 92 98 140 L134 156 L146 126 Z', cloth.shade) +
    path('M242 62 L266 74 Q290 92 302 140 L266 156 L254 126 Z', cloth.shade) +
    path(
      'M158 62 L134 74 L144 128 Q152 170 146 202 Q120 290 100 392 Q200 420 300 392 Q280 290 254 202 Q248 170 256 128 L266 74 L242 62 Q226 100 200 132 Q174 100 158 62 Z',
      cloth.base,
    ) +
    path('M158 62 Q200 54 242 62 Q226 100 200 132 Q174 100 158 62 Z', cloth.seam) +
    path('M158 62 Q176 112 214 156 L254 202 L256 128 L266 74 L242 62 Q226 100 200 132 Q174 100 158 62 Z', cloth.base) +
    line('M158 62 Q176 112 214 156 L250 196', cloth.deep, 2) +
    line('M242 62 Q226 100 202 130', cloth.deep, 2) +
    line('M166 226 Q150 310 136 388M204 224 Q204 310 198 396M236 226 Q254 310 264 384', cloth.shade, 5) +
    path('M146 192 Q200 206 254 192 L256 212 Q200 226 144 212 Z', trim.base) +
    line('M168 214 Q160 250 166 286M172 214 Q178 246 182 268', trim.deep, 6)
  );
}
