import type { Predicate, PredicateGroup } from '../program.ts';
import { type BitMasks, createBitMasks, setMasked, setOnes } from './bit-masks.ts';
import { codePointOrder } from './code-point-order.ts';
import { createSlowTest } from './pattern-atoms.ts';
import { createTextBits, setTextBits, type TextBits } from './text-bits.ts';

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
}

/** Bounds in rising order; the first one has the bit `first`, the others follow. */
interface Thresholds {
  readonly first: number;
  readonly bounds: Float64Array | readonly string[];
}

type Of<K extends Predicate['is']> = Extract<Predicate, { readonly is: K }>;

export function createGroupBits(group: PredicateGroup): GroupBits {
  const { attribute, type, word, words, predicates } = group;
  const entries = [...predicates.entries()];
  const of = <K extends Predicate['is']>(...kinds: readonly K[]): readonly (readonly [Of<K>, number])[] =>
    entries.flatMap(([bit, predicate]) =>
      kinds.includes(predicate.is as K) ? [[predicate as Of<K>, bit] as const] : [],
    );
  const texts = (kind: 'startsWith' | 'endsWith' | 'contains', fold: boolean) =>
    of(kind).flatMap(([test, bit]) => (test.fold === fold ? [[test.value, bit] as const] : []));
  const tests = (fold: boolean) => ({
    start: texts('startsWith', fold),
    end: texts('endsWith', fold),
    contains: texts('contains', fold),
  });
  return {
    attribute,
    type,
    word,
    words,
    lastMask: -1 >>> (31 - ((predicates.length - 1) & 31)),
    equal: createBitMasks([
      ...of('=').map(([{ value }, bit]) => [value, bit] as const),
      ...of('in').flatMap(([{ values }, bit]) => values.map((value) => [value, bit] as const)),
    ]),
    atLeast: thresholds(of('>=')),
    above: thresholds(of('>')),
    exact: createTextBits({
      ...tests(false),
      equal: [],
      slow: of('like', 'matches').map(([test, bit]) => [createSlowTest(test), bit] as const),
    }),
    folded: createTextBits({
      ...tests(true),
      equal: of('equalsFolded').map(([{ value }, bit]) => [value, bit] as const),
      slow: [],
    }),
  };
}

function thresholds(predicates: readonly (readonly [{ readonly value: Scalar }, number])[]): Thresholds | null {
  const [first] = predicates;
  if (first === undefined) return null;
  const bounds = predicates.map(([{ value }]) => value);
  const areNumbers = typeof first[0].value === 'number';
  return { first: first[1], bounds: areNumbers ? Float64Array.from(bounds as number[]) : (bounds as string[]) };
}

/**
 * Writes the group's truths into the words from `base` on and its falsehoods into as many after them. `value` is the attribute as JSON;
 * undefined and null are absent.
 */
export function writeGroup(group: GroupBits, value: unknown, words: Int32Array, base: number): void {
  const { type, words: count, lastMask } = group;
  for (let i = 0; i < 2 * count; i++) words[base + i] = 0;
  if (type === 'null') {
    const isAbsent = value === undefined || value === null;
    words[isAbsent ? base : base + count] = lastMask;
    return;
  }
  if (typeof value !== type) return;
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
