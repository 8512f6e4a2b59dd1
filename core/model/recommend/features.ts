import { categoryKeys } from './category.ts';
import { currentAmount, type Item } from './item.ts';

/** A comparable trait of an item, and how much its kind counts. */
export interface Feature {
  readonly key: string;
  readonly weight: number;
}

/** Steps of price: about a fifth from one to the next. An item stands on its step and on both beside it, so that no border parts neighbours. */
const PRICE_STEP = Math.log(1.2);
const WEIGHTS = { category: 1, brand: 0.8, attribute: 0.7, price: 0.4, word: 0.5 } as const;
/** Words of a title beyond these say nothing new. */
const MAX_WORDS = 12;

/** What items are compared by: each level of the category, brand, attributes, steps of price, words of the title. Each key once. */
export function featuresOf(item: Item): readonly Feature[] {
  const features = new Map<string, number>();
  for (const key of categoryKeys(item.category)) features.set(`category|${key}`, WEIGHTS.category);
  if (item.brand !== null) features.set(`brand|${item.brand.toLowerCase()}`, WEIGHTS.brand);
  for (const [name, value] of Object.entries(item.attributes))
    features.set(`attribute|${name}|${value.toLowerCase()}`, WEIGHTS.attribute);
  const amount = currentAmount(item);
  if (amount > 0) {
    const step = Math.round(Math.log(amount) / PRICE_STEP);
    for (const near of [step - 1, step, step + 1]) features.set(`price|${near}`, WEIGHTS.price / 2);
  }
  const words = item.title.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];
  for (const word of words.slice(0, MAX_WORDS)) features.set(`word|${word}`, WEIGHTS.word);
  return [...features].map(([key, weight]) => ({ key, weight }));
}

/** Traits of one item, ready to be compared with many. */
export interface Traits {
  readonly weights: ReadonlyMap<string, number>;
  readonly total: number;
}

export const NO_TRAITS: Traits = { weights: new Map(), total: 0 };

export function traitsOf(item: Item): Traits {
  const features = featuresOf(item);
  return {
    weights: new Map(features.map(({ key, weight }) => [key, weight])),
    total: features.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/** Likeness of two items, 0 to 1: what of their traits is common (weighted Jaccard), without looking at any other item. */
export function likeness(a: Traits, b: Traits): number {
  let common = 0;
  for (const [key, weight] of b.weights) if (a.weights.has(key)) common += weight;
  const all = a.total + b.total - common;
  return all === 0 ? 0 : common / all;
}
