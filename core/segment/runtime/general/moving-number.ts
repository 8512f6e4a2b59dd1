import type { Reader } from '../reader.ts';
import { MovingNumber, type Value } from '../value.ts';

/** A number, or one that decays. */
export type AnyNumber = number | MovingNumber;

export type Operator = '+' | '-' | '*' | '/' | '%';

/** The sum of weights of events, each halved every half-life since its time. Added in the order of the events. */
export function decay(times: readonly number[], weights: readonly number[], halfLifeMs: number): MovingNumber {
  const at = (instant: number) => {
    let sum = 0;
    for (let i = 0; i < times.length; i++)
      sum += (weights[i] as number) * 2 ** (((times[i] as number) - instant) / halfLifeMs);
    return sum;
  };
  return new MovingNumber(at, (now) => {
    const value = at(now);
    return (ms) => value * 2 ** (-ms / halfLifeMs);
  });
}

function combine(a: number, is: Operator, b: number): number {
  switch (is) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

export function isNumber(value: Value): value is AnyNumber {
  return typeof value === 'number' || value instanceof MovingNumber;
}

export function numberAt(value: AnyNumber, instant: number): number {
  return typeof value === 'number' ? value : value.at(instant);
}

function courseOf(value: AnyNumber, now: number): (ms: number) => number {
  return typeof value === 'number' ? () => value : value.from(now);
}

/** Unknown for anything but numbers, and for division by zero. */
export function arithmetic(a: Value, is: Operator, b: Value, reader: Reader): AnyNumber | null {
  if (!isNumber(a) || !isNumber(b)) return null;
  if (is === '/' || is === '%') {
    nameCrossing(b, 0, reader);
    if (numberAt(b, reader.now) === 0) return null;
  }
  if (typeof a === 'number' && typeof b === 'number') return combine(a, is, b);
  return new MovingNumber(
    (instant) => combine(numberAt(a, instant), is, numberAt(b, instant)),
    (now) => {
      const [x, y] = [courseOf(a, now), courseOf(b, now)];
      return (ms) => combine(x(ms), is, y(ms));
    },
  );
}

/** Further ahead nothing is looked for: 300 years. */
const FARTHEST_MS = 1e13;
/** Steps of the search grow by this factor. */
const GROWTH = 1.25;
/** Named so much too early, because the course is rounded otherwise than the sum itself. */
const DOUBT_MS = 2;

/**
 * Tells the reader when the order of two numbers becomes another one, if one of them moves. The difference of what decays and a constant, or of
 * two half-lives, changes its sign once, so searching in growing steps and halving the last one finds it; where more is combined, two changes
 * closer to each other than a fifth of their distance from now may be overlooked.
 */
export function nameCrossing(a: AnyNumber, b: AnyNumber, reader: Reader): void {
  if (typeof a === 'number' && typeof b === 'number') return;
  const { now } = reader;
  const [x, y] = [courseOf(a, now), courseOf(b, now)];
  const signAt = (ms: number) => Math.sign(x(ms) - y(ms));
  const sign = signAt(0);
  let high = 1;
  while (signAt(high) === sign) {
    high *= GROWTH;
    if (high > FARTHEST_MS) return;
  }
  let low = high / GROWTH;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (signAt(middle) === sign) low = middle;
    else high = middle;
  }
  reader.changesAt(now + Math.max(1, Math.floor(low) - DOUBT_MS));
}
