import type { Reader } from '../reader.ts';
import type { Value } from '../value.ts';
import { isTime, order } from './comparing.ts';
import { isNumber } from './moving-number.ts';

const isText = (value: Value) => typeof value === 'string';

/** Positions of the values of one kind, which has one order: numbers; where there are none, instants; then texts, if wanted. */
export function sortable(values: readonly Value[], withTexts: boolean): readonly number[] {
  for (const fits of withTexts ? [isNumber, isTime, isText] : [isNumber, isTime]) {
    const found = [...values.keys()].filter((i) => fits(values[i] as Value));
    if (found.length > 0) return found;
  }
  return [];
}

/** The first of the largest values, or for sign −1 of the smallest ones. Unknown where there is none. */
export function extremeOf(values: readonly Value[], sign: 1 | -1, reader: Reader): Value {
  let best: Value = null;
  for (const i of sortable(values, false)) {
    const value = values[i] as Value;
    if (best === null || sign * (order(value, best, reader) as number) > 0) best = value;
  }
  return best;
}
