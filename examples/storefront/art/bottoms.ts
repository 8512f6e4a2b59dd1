import type { Cloth } from './colours.ts';
import { line, path } from './strokes.ts';

export function trousers(cloth: Cloth, trim: Cloth): string {
  return (
    path(
      'M138 56 L262 56 Q278 120 282 200 L290 398 L220 402 L202 176 L198 176 L180 402 L110 398 L118 200 Q122 120 138 56 Z',
      cloth.base,
    ) +
    path('M198 176 L180 402 L166 401 Q188 280 186 190 Z', cloth.shade) +
    path('M202 176 L220 402 L234 401 Q212 280 214 190 Z', cloth.shade) +
    line('M146 110 Q146 250 144 398M254 110 Q254 250 256 398', cloth.deep, 1.6) +
    path('M138 56 L262 56 L266 80 Q200 88 134 80 Z', cloth.deep) +
    line('M152 56L151 82M176 57L176 84M224 57L224 84M248 56L249 82', trim.seam, 4) +
    line('M132 92 Q150 104 156 132M268 92 Q250 104 244 132M200 84 L200 150 Q198 164 188 168', cloth.seam, 2) +
    line('M110 384L181 388M290 384L219 388', cloth.deep, 1.6)
  );
}

export function shorts(cloth: Cloth, trim: Cloth): string {
  return (
    path(
      'M126 104 L274 104 Q296 190 316 316 L216 332 L202 226 L198 226 L184 332 L84 316 Q104 190 126 104 Z',
      cloth.base,
    ) +
    path('M198 226 L184 332 L164 329 Q186 270 186 226 Z', cloth.shade) +
    path('M202 226 L216 332 L236 329 Q214 270 214 226 Z', cloth.shade) +
    path('M126 104 Q110 160 84 316 L104 319 Q120 190 142 108 Z', trim.base) +
    path('M274 104 Q290 160 316 316 L296 319 Q280 190 258 108 Z', trim.base) +
    path('M126 104 L274 104 L278 128 Q200 136 122 128 Z', cloth.deep) +
    line(
      'M136 110L135 126M150 110L149 128M164 110L164 130M236 110L236 130M250 110L251 128M264 110L265 126',
      cloth.seam,
      2,
    ) +
    line('M192 128Q186 152 190 170M206 128Q214 150 208 164', trim.light, 4) +
    line('M86 304L186 320M314 304L214 320M200 134L200 224', cloth.deep, 1.8)
  );
}

export function tights(cloth: Cloth, trim: Cloth): string {
  return (
    path(
      'M146 54 L254 54 Q270 130 262 220 Q256 310 250 404 L218 404 Q214 290 202 168 L198 168 Q186 290 182 404 L150 404 Q144 310 138 220 Q130 130 146 54 Z',
      cloth.base,
    ) +
    path('M146 54 Q130 130 138 220 Q144 310 150 404 L160 404 Q152 300 152 220 Q150 130 162 84 Z', trim.base) +
    path('M254 54 Q270 130 262 220 Q256 310 250 404 L240 404 Q248 300 248 220 Q250 130 238 84 Z', trim.base) +
    line('M184 200 Q178 290 176 396M216 200 Q222 290 224 396', cloth.shade, 4) +
    path('M146 54 L254 54 L260 90 Q200 100 140 90 Z', cloth.deep) +
    line('M200 96L200 166', cloth.seam, 2) +
    line('M164 236 Q178 246 192 236M236 236 Q222 246 208 236', cloth.light, 2, 'opacity=".6"') +
    line('M151 392L181 392M249 392L219 392', trim.light, 3)
  );
}

export function skirt(cloth: Cloth, trim: Cloth): string {
  return (
    path('M144 92 L256 92 Q290 220 318 352 Q200 384 82 352 Q110 220 144 92 Z', cloth.base) +
    line(
      'M164 122 Q142 240 127 350M188 122 Q180 250 173 358M212 122 Q220 250 227 358M236 122 Q258 240 273 350',
      cloth.shade,
      7,
    ) +
    line(
      'M158 122 Q136 240 119 356M182 122 Q174 250 165 362M206 122 Q214 250 220 364M230 122 Q252 240 266 360',
      cloth.deep,
      1.6,
    ) +
    path('M144 92 L256 92 L260 118 Q200 128 140 118 Z', trim.deep)
  );
}

export function beanie(cloth: Cloth, trim: Cloth): string {
  let ribs = '';
  for (let i = -4; i <= 4; i++)
    ribs += `M${200 + i * 10} ${128 + Math.abs(i) * 4}Q${200 + i * 24} 180 ${200 + i * 26} 258`;
  let cuff = '';
  for (let x = 88; x <= 312; x += 14) cuff += `M${x} 262L${x} 322`;
  return (
    path('M92 270 Q82 112 200 110 Q318 112 308 270 Z', cloth.base) +
    line(ribs, cloth.shade, 4) +
    path('M84 254 Q200 276 316 254 L320 318 Q200 342 80 318 Z', trim.base) +
    line(cuff, trim.shade, 3) +
    line('M84 254 Q200 276 316 254', trim.deep, 2) +
    `<circle cx="200" cy="98" r="30" fill="${trim.light}"/><circle cx="192" cy="92" r="8" fill="${trim.base}" opacity=".5"/><circle cx="210" cy="104" r="7" fill="${trim.base}" opacity=".5"/>`
  );
}

export function socks(cloth: Cloth, trim: Cloth): string {
  const one =
    path(
      'M120 70 L188 70 L190 250 Q192 276 216 296 L262 334 Q280 354 262 372 Q244 386 216 372 L140 318 Q118 300 118 266 Z',
      cloth.base,
    ) +
    path('M120 70 L188 70 L188 116 L119 116 Z', trim.base) +
    line('M130 74L130 112M142 74L142 112M154 74L154 112M166 74L166 112M178 74L178 112', trim.deep, 2) +
    path('M118 262 Q116 302 146 322 L168 338 Q176 296 150 268 Z', trim.base) +
    path('M246 321 L262 334 Q280 354 262 372 Q248 383 228 377 Q226 344 246 321 Z', trim.base) +
    line('M120 136L187 136M120 150L187 150', trim.base, 5, '', 'butt') +
    line('M176 170 Q178 220 174 250', cloth.shade, 5);
  return `<g transform="translate(52 -8)" opacity=".82">${one}</g><g transform="translate(-26 20)">${one}</g>`;
}
