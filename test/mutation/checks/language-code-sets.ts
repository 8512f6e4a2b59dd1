import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import {
  caseForms,
  hasCode,
  invertRanges,
  perlRanges,
  posixRanges,
  unicodeRanges,
} from '../../../core/segment/language/pattern-set.ts';
import { type Check, checkEach } from '../check.ts';

const LAST = 0x10ffff;
const codes = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);
/** The characters of ranges that name single ones, sorted. */
const forms = (text: string) => [...new Set(caseForms(codes(text)[0] ?? 0))].sort((a, b) => a - b);

/** Sets of code points, as patterns use them. */
export const checks: readonly Check[] = [
  ...checkEach(
    'the rest of ranges',
    [
      [[], [0, LAST]],
      [
        [5, 6],
        [0, 4, 7, LAST],
      ],
      [
        [0, 5],
        [6, LAST],
      ],
      [
        [1, 5],
        [0, 0, 6, LAST],
      ],
      [
        [5, LAST],
        [0, 4],
      ],
      [
        [5, LAST - 1],
        [0, 4, LAST, LAST],
      ],
      [
        [10, 20, 1, 2],
        [0, 0, 3, 9, 21, LAST],
      ],
      [
        [1, 9, 3, 4],
        [0, 0, 10, LAST],
      ],
      [
        [1, 2, 3, 4],
        [0, 0, 5, LAST],
      ],
      [[0, LAST], []],
    ] as const,
    (ranges, rest) => deepStrictEqual(invertRanges(ranges), rest),
  ),
  ...checkEach(
    'membership of a set',
    [
      [[5, 6], 4, false],
      [[5, 6], 5, true],
      [[5, 6], 6, true],
      [[5, 6], 7, false],
      [[5, 6], 0, false],
      [[0, 0], 0, true],
      [[1, 2, 5, 6], 5, true],
      [[1, 2, 5, 6], 3, false],
      [[], 0, false],
    ] as const,
    (ranges, code, found) => {
      strictEqual(hasCode({ ranges, negated: false, fold: false }, code), found);
      strictEqual(hasCode({ ranges, negated: true, fold: false }, code), !found);
    },
  ),
  {
    name: 'a set that ignores case',
    run: () => {
      const [upper, lower, sharp, s] = codes('AaßS') as [number, number, number, number];
      const folded = (code: number) => ({ ranges: [code, code], negated: false, fold: true });
      strictEqual(hasCode(folded(upper), lower), true);
      strictEqual(hasCode(folded(lower), upper), true);
      strictEqual(hasCode({ ...folded(upper), fold: false }, lower), false);
      strictEqual(hasCode({ ...folded(upper), negated: true }, lower), false);
      strictEqual(hasCode(folded(s), sharp), false);
    },
  },
  {
    name: 'forms of a character: of one code point each',
    run: () => {
      deepStrictEqual(caseForms(97), [97, 97, 65, 65]);
      deepStrictEqual(caseForms(49), [49, 49]);
      deepStrictEqual(caseForms(0xdf), [0xdf, 0xdf]);
      deepStrictEqual(forms('ς'), codes('Σςσ'));
      deepStrictEqual(forms('\u212a'), codes('k\u212a'));
    },
  },
  {
    name: 'classes by letter and by name',
    run: () => {
      deepStrictEqual(perlRanges('d'), [48, 57]);
      deepStrictEqual(perlRanges('D'), [0, 47, 58, LAST]);
      strictEqual(perlRanges('q'), null);
      deepStrictEqual(posixRanges('upper'), [65, 90]);
      deepStrictEqual(posixRanges('^upper'), [0, 64, 91, LAST]);
      strictEqual(posixRanges('nothing'), null);
    },
  },
  {
    name: 'Unicode classes',
    run: () => {
      deepStrictEqual(unicodeRanges('Nd')?.slice(0, 4), [48, 57, 1632, 1641]);
      deepStrictEqual(unicodeRanges('Cn')?.slice(-1), [LAST]);
      deepStrictEqual(unicodeRanges('Greek')?.slice(0, 2), [0x370, 0x373]);
      strictEqual(unicodeRanges('Nonsense'), null);
      strictEqual(unicodeRanges('Latin}\\p{L'), null);
    },
  },
];
