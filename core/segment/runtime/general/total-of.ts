import type { Reader } from '../reader.ts';
import { type AnyNumber, arithmetic } from './moving-number.ts';

/** The sum, added from left to right, or the average, which of nothing is unknown. */
export function totalOf(numbers: readonly AnyNumber[], isAverage: boolean, reader: Reader): AnyNumber | null {
  let total: AnyNumber | null = 0;
  for (const number of numbers) total = arithmetic(total, '+', number, reader);
  return isAverage ? arithmetic(total, '/', numbers.length, reader) : total;
}
