import type { Predicate, PredicateGroup } from '../program.ts';
import { type BitMasks, createBitMasks, KeyedBits, maskOf, setMasked, setOnes } from './bit-masks.ts';
import { codePointOrder } from './code-point-order.ts';
import { createTextBits, setTextBits, type TextBits, TextTests } from './text-bits.ts';

type Scalar = string | number | boolean;

/** A predicate group, ready to be run. Bits and words count from the group's own first one. */
export interface GroupBits {
  readonly attribute: number;
  readonly type: PredicateGroup['type'];
  readonly word: number;
  readonly words: number;
  /** The bits of the last word that belong to a predicate. */
  readonly lastMask: number;
  readonly equal: BitMasks<Scalar> | null;
  readonly atLeast: Thresholds | null;
  readonly above: Thresholds | null;
  readonly exact: TextBits | null;
  readonly folded: TextBits | null;
  /** Texts are looked through, or compared in order. */
  readonly isSearched: boolean;
  /** Of a flag: the truths of the first word. */
  readonly ifTrue: number;
  readonly ifFalse: number;
}

/** Bounds in rising order; the first one has the bit `first`, the others follow. */
interface Thresholds {
  readonly first: number;
  readonly bounds: Float64Array | readonly string[];
}

export function createGroupBits(group: PredicateGroup): GroupBits {
  const { attribute, type, word, words, predicates } = group;
  const equal = new KeyedBits<Scalar>();
  const atLeast: Scalar[] = [];
  const above: Scalar[] = [];
  let first = 0;
  const exact = new TextTests();
  const folded = new TextTests();
  for (let bit = 0; bit < predicates.length; bit++) {
    const test = predicates[bit] as Predicate;
    switch (test.is) {
      case '=':
        equal.add(test.value, bit);
        break;
      case 'in':
        for (let i = 0; i < test.values.length; i++) equal.add(test.values[i] as Scalar, bit);
        break;
      case '>=':
        if (atLeast.push(test.value) === 1) first = bit;
        break;
      case '>':
        if (above.push(test.value) + atLeast.length === 1) first = bit;
        break;
      case 'startsWith':
      case 'endsWith':
      case 'contains':
        (test.fold ? folded : exact).add(test.is, test.value, bit);
        break;
      case 'equalsFolded':
        folded.add('equal', test.value, bit);
        break;
      case 'like':
      case 'matches':
        exact.try(test, bit);
        break;
    }
  }
  const masks = createBitMasks(equal);
  const isOrdered = type === 'string' && atLeast.length + above.length > 0;
  return {
    attribute,
    type,
    word,
    words,
    lastMask: -1 >>> (31 - ((predicates.length - 1) & 31)),
    equal: masks,
    atLeast: thresholds(first, atLeast),
    above: thresholds(first + atLeast.length, above),
    exact: createTextBits(exact),
    folded: createTextBits(folded),
    isSearched: isOrdered || exact.isUsed || folded.isUsed,
    ifTrue: masks === null ? 0 : maskOf(masks, true),
    ifFalse: masks === null ? 0 : maskOf(masks, false),
  };
}

function thresholds(first: number, bounds: Scalar[]): Thresholds | null {
  if (bounds.length === 0) return null;
  return {
    first,
    bounds: typeof bounds[0] === 'number' ? Float64Array.from(bounds as number[]) : (bounds as string[]),
  };
}

/**
 * Writes the group's truths into the words from `base` on and its falsehoods into as many after them. `value` is the attribute as JSON;
 * undefined and null are absent.
 */
export function writeGroup(group: GroupBits, value: unknown, words: Int32Array, base: number): void {
  const { type, words: count, lastMask, equal, atLeast, above } = group;
  if (count > 1 || group.isSearched) {
    writeWords(group, value, words, base);
    return;
  }
  // Most groups: all in one register.
  let truths = 0;
  let isKnown = true;
  if (type === 'number') {
    isKnown = typeof value === 'number';
    if (isKnown) {
      if (equal !== null) truths = maskOf(equal, value as number);
      if (atLeast !== null) truths |= onesBelow(atLeast, value as number, true);
      if (above !== null) truths |= onesBelow(above, value as number, false);
    }
  } else if (type === 'string') {
    isKnown = typeof value === 'string';
    if (isKnown && equal !== null) truths = maskOf(equal, value as string);
  } else if (type === 'boolean') {
    isKnown = typeof value === 'boolean';
    if (isKnown) truths = value === true ? group.ifTrue : group.ifFalse;
  } else if (value === undefined || value === null) truths = lastMask;
  words[base] = truths;
  words[base + 1] = isKnown ? ~truths & lastMask : 0;
}

function onesBelow({ first, bounds }: Thresholds, value: number, orEqual: boolean): number {
  const count = countBelow(bounds, value, orEqual);
  return count === 0 ? 0 : (-1 >>> (32 - count)) << first;
}

function writeWords(group: GroupBits, value: unknown, words: Int32Array, base: number): void {
  const { type, words: count, lastMask } = group;
  for (let i = 0; i < 2 * count; i++) words[base + i] = 0;
  if (!isOfType(value, type)) return;
  const { equal, atLeast, above, exact, folded } = group;
  if (equal !== null) setMasked(equal, value as Scalar, words, base);
  if (atLeast !== null) setOnes(words, base * 32 + atLeast.first, countBelow(atLeast.bounds, value as Scalar, true));
  if (above !== null) setOnes(words, base * 32 + above.first, countBelow(above.bounds, value as Scalar, false));
  if (exact !== null) setTextBits(exact, value as string, words, base, count);
  if (folded !== null) setTextBits(folded, (value as string).toLowerCase(), words, base, count);
  const last = count - 1;
  for (let i = 0; i < last; i++) words[base + count + i] = ~(words[base + i] as number);
  words[base + count + last] = ~(words[base + last] as number) & lastMask;
}

/** `typeof value === type`, in branches that cost nothing. */
function isOfType(value: unknown, type: GroupBits['type']): boolean {
  if (type === 'string') return typeof value === 'string';
  if (type === 'number') return typeof value === 'number';
  return typeof value === 'boolean';
}

/** How many of the rising bounds are below the value, or, with `orEqual`, not above it. */
function countBelow(bounds: Thresholds['bounds'], value: Scalar, orEqual: boolean): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bound = bounds[middle] as Scalar;
    const order =
      typeof bound === 'string' ? codePointOrder(bound, value as string) : (bound as number) - (value as number);
    if (order < 0 || (orEqual && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}
